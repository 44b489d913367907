-- The query of an assertion, which is the user's own. A cursor reads it no further than it is wanted; one without a name
-- would not outlive its message.
DECLARE answer NO SCROLL CURSOR FOR {query}