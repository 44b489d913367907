-- A table with a column of each common type, and objects of its own in several schemas. The search path
-- is app, util, public: util holds what shadows or adds to what is built in.
CREATE SCHEMA app;
CREATE SCHEMA util;
CREATE SCHEMA ext;
CREATE EXTENSION citext SCHEMA ext;
CREATE TYPE app.mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE ext.level AS ENUM ('low', 'ok', 'high');
CREATE DOMAIN app.email AS text CHECK (VALUE LIKE '%@%');
CREATE DOMAIN app.positive AS integer CHECK (VALUE > 0);
CREATE DOMAIN app.code20 AS varchar(20);
CREATE TYPE app.pair AS (x integer, y text);
CREATE SEQUENCE app.ids;
CREATE TABLE app.docs (
  n integer, m integer, "order" integer, s smallint, id bigint, big bigint, amount numeric, price numeric(10,2), r real, f double precision,
  title text, body text, slug varchar, status varchar(20), code char(3), tick "char", owner name,
  active boolean, hidden boolean,
  day date, due date, clock time, clocktz timetz, at timestamp, made timestamptz, seen timestamptz(3), span interval,
  uid uuid, raw json, data jsonb, meta jsonb, bytes bytea, addr inet, net cidr, mac macaddr, mask bit(8), bits varbit, cost money,
  nums integer[], tags text[], names varchar[], sums numeric[], bigs bigint[], docs jsonb[], days date[],
  mood app.mood, moods app.mood[], level ext.level, email app.email, rank app.positive, sku app.code20, pair app.pair,
  ints int4range, during tstzrange, words tsvector, oid_ oid, place point, ci ext.citext
);
CREATE TABLE app.teams (team_id bigint, label text, kind varchar(20), archived boolean, score integer, since timestamptz);
CREATE TABLE app.members (member_id bigint, team_id bigint, role varchar(20), level_ smallint, joined timestamptz, weight numeric);
CREATE FUNCTION app.calc(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION app.calc(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION app.calc(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION app.opt(a integer, b integer DEFAULT 7, c text DEFAULT 'x') RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION app.many(VARIADIC text[]) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1[1]';
CREATE FUNCTION app.pick(anyelement, anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION app.head(anyarray) RETURNS anyelement LANGUAGE sql IMMUTABLE AS 'SELECT $1[1]';
CREATE FUNCTION app.is_ok(app.mood) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE FUNCTION app.make(integer, text) RETURNS app.pair LANGUAGE sql IMMUTABLE AS 'SELECT ($1, $2)::app.pair';
CREATE FUNCTION util.lower(integer) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1::text';
CREATE FUNCTION util.length(varchar) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION util.calc(bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION util.same(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 = $2';
CREATE FUNCTION util.plus(text, integer) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE OPERATOR util.=== (FUNCTION = util.same, LEFTARG = text, RIGHTARG = text);
CREATE OPERATOR util.+ (FUNCTION = util.plus, LEFTARG = text, RIGHTARG = integer);
CREATE OPERATOR ext.=== (FUNCTION = util.same, LEFTARG = text, RIGHTARG = text);
CREATE TABLE app.keyed (key integer PRIMARY KEY, value text);
CREATE UNIQUE INDEX ON app.keyed (value);
CREATE UNIQUE INDEX ON app.keyed (value COLLATE "C");
CREATE UNIQUE INDEX ON app.keyed (lower(value), key);
CREATE UNIQUE INDEX ON app.keyed (lower(value) COLLATE "C", key);
