-- As many rows of it as are wanted.
FETCH FORWARD {rows} FROM answer
