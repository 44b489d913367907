-- Ends the transaction, and with it all that was set in it.
ROLLBACK
