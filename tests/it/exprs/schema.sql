CREATE SCHEMA app;
CREATE SCHEMA auth;
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS 'SELECT NULL::uuid';
CREATE FUNCTION auth.role() RETURNS text LANGUAGE sql STABLE AS 'SELECT NULL::text';
CREATE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE AS 'SELECT NULL::jsonb';
CREATE FUNCTION app.is_member(uuid) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT true';
CREATE TYPE app.mood AS ENUM ('sad', 'ok', 'happy');
CREATE SEQUENCE app.docs_seq;
CREATE TABLE app.teams (id bigint, name text, owner_id uuid, archived boolean);
CREATE TABLE app.members (team_id bigint, user_id uuid, role varchar(20), since timestamptz);
CREATE TABLE app.docs (
  id bigint, team_id bigint, owner_id uuid, n integer, s smallint, price numeric(10,2), amount numeric, f double precision,
  r real, title text, status varchar(20), code char(3), nick varchar, active boolean, mood app.mood, moods app.mood[],
  day date, created_at timestamptz, updated_at timestamp, clock time, span interval, payload jsonb, raw json,
  tags text[], names varchar[], nums integer[], data bytea, addr inet, during tstzrange, mask bit(4), "Mixed" text
);
