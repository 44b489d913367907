-- What a new instance of Amazon RDS or Aurora has before its first migration: roles.

CREATE ROLE rdsadmin LOGIN SUPERUSER CREATEDB CREATEROLE REPLICATION BYPASSRLS;
CREATE ROLE rds_superuser NOLOGIN;
CREATE ROLE rds_iam NOLOGIN;
CREATE ROLE rds_password NOLOGIN;
CREATE ROLE rds_replication NOLOGIN;
CREATE ROLE rds_ad NOLOGIN;
CREATE ROLE rds_reserved NOLOGIN;
GRANT rds_password, rds_replication TO rds_superuser;
