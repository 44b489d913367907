-- What the examples of docs/reference.md hold of.
CREATE ROLE app_owner;
CREATE ROLE web LOGIN CONNECTION LIMIT 5;
CREATE ROLE reporting;
GRANT web TO reporting;
ALTER ROLE reporting SET statement_timeout = '5s';
CREATE SCHEMA app AUTHORIZATION app_owner;
GRANT USAGE ON SCHEMA app TO web;
ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA app GRANT SELECT, INSERT ON TABLES TO web;
CREATE EXTENSION pgcrypto WITH SCHEMA public;

CREATE TYPE order_state AS ENUM ('open', 'paid', 'shipped');
CREATE TYPE channel AS ENUM ('web', 'phone', 'shop');
CREATE DOMAIN email AS text CHECK (value LIKE '%@%');
CREATE DOMAIN percentage AS integer DEFAULT 0 CONSTRAINT in_range CHECK (value BETWEEN 0 AND 100);
CREATE TYPE address AS (street text, zip varchar(10));
CREATE TYPE timespan AS RANGE (subtype = time);
CREATE TYPE ticks;
CREATE FUNCTION ticks_in(cstring) RETURNS ticks LANGUAGE internal IMMUTABLE STRICT AS 'int8in';
CREATE FUNCTION ticks_out(ticks) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int8out';
CREATE TYPE ticks (input = ticks_in, output = ticks_out, like = bigint);

CREATE SEQUENCE order_numbers AS bigint START 1000;

CREATE TABLE customers (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    email text NOT NULL,
    name text COLLATE "C",
    full_name text GENERATED ALWAYS AS (upper(name)) STORED,
    CONSTRAINT customers_pkey PRIMARY KEY (id),
    CONSTRAINT customers_email_key UNIQUE (email)
);
ALTER TABLE customers ADD CONSTRAINT customers_email_check CHECK (email LIKE '%@%') NOT VALID;
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
ALTER TABLE customers FORCE ROW LEVEL SECURITY;
CREATE POLICY "Own rows" ON customers FOR SELECT TO web USING (email = current_user);
CREATE TABLE orders (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id uuid NOT NULL,
    state text DEFAULT 'open' NOT NULL,
    placed_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT orders_customer_fkey FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE
);
CREATE INDEX orders_customer ON orders (customer_id, placed_at DESC);
CREATE UNIQUE INDEX orders_open ON orders (customer_id) WHERE state = 'open';
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'begin new.placed_at = now(); return new; end';
CREATE TRIGGER touch BEFORE UPDATE OF state ON orders FOR EACH ROW EXECUTE FUNCTION touch();
CREATE RULE keep AS ON DELETE TO orders DO INSTEAD NOTHING;
CREATE STATISTICS orders_kinds (ndistinct) ON customer_id, state FROM orders;
CREATE TABLE bookings (
    room integer,
    during tsrange,
    CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&)
);
CREATE TABLE events (at timestamptz NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE events_2027 PARTITION OF events FOR VALUES FROM ('2027-01-01 00:00+00') TO ('2028-01-01 00:00+00');

CREATE VIEW open_orders WITH (security_invoker) AS SELECT number FROM orders WHERE state = 'open';
CREATE MATERIALIZED VIEW daily AS SELECT state, count(*) AS n FROM orders GROUP BY state;
CREATE UNIQUE INDEX daily_state ON daily (state);

CREATE FUNCTION vat(net numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'select net * 0.19';
CREATE PROCEDURE archive(before date) LANGUAGE sql AS 'delete from orders where placed_at < before';
CREATE FUNCTION add(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'select $1 + $2';
CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int, initcond = '0');
CREATE FUNCTION log_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'begin end';
CREATE EVENT TRIGGER log_ddl ON ddl_command_end EXECUTE FUNCTION log_ddl();

CREATE OPERATOR <+> (function = add, leftarg = int, rightarg = int);
CREATE OPERATOR FAMILY by_size USING btree;
CREATE OPERATOR CLASS int_by_size FOR TYPE int USING btree FAMILY by_size AS
    OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int, int);
CREATE CAST (text AS order_state) WITH INOUT AS ASSIGNMENT;
CREATE COLLATION german (provider = icu, locale = 'de');
CREATE CONVERSION latin1 FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE LANGUAGE plours HANDLER plpgsql_call_handler;
CREATE ACCESS METHOD pile TYPE table HANDLER heap_tableam_handler;

CREATE TEXT SEARCH PARSER words
    (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype);
CREATE TEXT SEARCH TEMPLATE plain (lexize = dsimple_lexize);
CREATE TEXT SEARCH DICTIONARY short_words (template = simple, stopwords = english);
CREATE TEXT SEARCH CONFIGURATION notes (parser = default);
ALTER TEXT SEARCH CONFIGURATION notes ADD MAPPING FOR asciiword WITH short_words;

CREATE FOREIGN DATA WRAPPER files OPTIONS (debug 'true');
CREATE SERVER archive FOREIGN DATA WRAPPER files OPTIONS (host 'archive.internal');
CREATE USER MAPPING FOR web SERVER archive;
CREATE FOREIGN TABLE old_orders (number bigint) SERVER archive OPTIONS (path 'orders');

CREATE PUBLICATION shipping FOR TABLE orders, customers WITH (publish = 'insert, update');
CREATE SUBSCRIPTION stock CONNECTION 'host=stock' PUBLICATION levels WITH (connect = false);
