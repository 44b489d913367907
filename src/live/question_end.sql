-- Behind each assertion: whatever it did is taken back.
ROLLBACK TO SAVEPOINT question;
RELEASE SAVEPOINT question
