-- What scripts/builtins asks each server: one column of lines, those of the files below src/library/data.
-- Runs on servers 13 to 18: a column that an older one lacks is taken out of the row as JSON.

CREATE SCHEMA tool;
SET search_path = pg_catalog;

-- Who a member of an extension belongs to; NULL for all else.
CREATE FUNCTION tool.extension(class regclass, object oid) RETURNS text STABLE LANGUAGE sql AS $$
  SELECT e.extname::text FROM pg_depend AS d JOIN pg_extension AS e ON e.oid = d.refobjid
  WHERE d.classid = class AND d.objid = object AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
$$;

-- A type: int4, int4[], numeric(10,2), citext@citext for one of an extension, information_schema.sql_identifier.
CREATE FUNCTION tool.type(type oid, typmod integer DEFAULT -1) RETURNS text STABLE LANGUAGE sql AS $$
  SELECT CASE WHEN n.nspname <> 'pg_catalog' AND x.name IS NULL THEN n.nspname || '.' ELSE '' END || b.typname
    || coalesce('@' || x.name, '')
    || CASE WHEN typmod < 0 THEN '' ELSE coalesce(substring(format_type(b.oid, typmod) FROM '\([^)]*\)'), '') END
    || CASE WHEN b.oid = type THEN '' ELSE '[]' END
  FROM pg_type AS t
  JOIN pg_type AS b ON b.oid = coalesce((SELECT e.oid FROM pg_type AS e WHERE e.typarray = t.oid), t.oid)
  JOIN pg_namespace AS n ON n.oid = b.typnamespace
  CROSS JOIN tool.extension('pg_type', b.oid) AS x (name)
  WHERE t.oid = type
$$;

CREATE FUNCTION tool.columns(relation oid) RETURNS text STABLE LANGUAGE sql AS $$
  SELECT coalesce(string_agg(attname || ':' || tool.type(atttypid, atttypmod), ',' ORDER BY attnum), '-')
  FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped
$$;

-- Whether what a function gives can change.
CREATE FUNCTION tool.is_mutable(function oid) RETURNS boolean STABLE LANGUAGE sql AS $$
  SELECT provolatile <> 'i' FROM pg_proc WHERE oid = function
$$;

-- name, sort, category, then whatever holds: preferred, collatable, mutable_input, mutable_output, of=, multirange=,
-- attributes=
CREATE VIEW tool.types AS
  SELECT t.oid, t.typnamespace AS namespace, t.typname AS name, concat_ws(' ',
    (SELECT word FROM (VALUES ('b', 'base'), ('c', 'composite'), ('d', 'domain'), ('e', 'enum'), ('m', 'multirange'),
      ('p', 'pseudo'), ('r', 'range')) AS sort (code, word) WHERE code = t.typtype::text),
    t.typcategory,
    CASE WHEN t.typispreferred THEN 'preferred' END,
    CASE WHEN t.typcollation <> 0 THEN 'collatable' END,
    CASE WHEN t.typtype IN ('b', 'p') AND tool.is_mutable(t.typinput) THEN 'mutable_input' END,
    CASE WHEN t.typtype IN ('b', 'p') AND tool.is_mutable(t.typoutput) THEN 'mutable_output' END,
    'of=' || coalesce(
      CASE WHEN t.typtype = 'd' THEN tool.type(t.typbasetype, t.typtypmod) END,
      tool.type(r.rngsubtype), tool.type(m.rngtypid),
      -- What the functions give that a type has for its subscripts alone.
      CASE to_jsonb(t) ->> 'typsubscript' WHEN 'jsonb_subscript_handler' THEN 'jsonb'
        WHEN 'hstore_subscript_handler' THEN 'text' END,
      CASE WHEN t.typtype = 'b' THEN tool.type(nullif(t.typelem, 0)) END),
    'multirange=' || tool.type((to_jsonb(r) ->> 'rngmultitypid')::oid),
    CASE WHEN t.typtype = 'c' THEN 'attributes=' || tool.columns(t.typrelid) END) AS meaning
  FROM pg_type AS t
  LEFT JOIN pg_range AS r ON r.rngtypid = t.oid
  LEFT JOIN pg_range AS m ON (to_jsonb(m) ->> 'rngmultitypid')::oid = t.oid
  WHERE NOT EXISTS (SELECT FROM pg_type AS e WHERE e.typarray = t.oid)
    AND NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = t.typrelid AND c.relkind <> 'c');

-- name, prokind (of an aggregate aggkind, with the number of direct arguments), result, arguments, output columns,
-- whether it is mutable
CREATE VIEW tool.functions AS
  SELECT p.oid, p.pronamespace AS namespace, p.proname AS name, concat_ws(' ',
    CASE WHEN a.aggkind IN ('o', 'h') THEN a.aggkind::text || a.aggnumdirectargs ELSE p.prokind::text END,
    CASE WHEN p.proretset THEN 'setof:' ELSE '' END || tool.type(p.prorettype),
    coalesce((
      SELECT string_agg(coalesce(nullif(i.name, '') || ':', '') || tool.type(i.type)
        || CASE WHEN p.provariadic <> 0 AND i.n = p.pronargs THEN '...' ELSE '' END
        || CASE WHEN i.n > p.pronargs - p.pronargdefaults THEN '=' ELSE '' END, ',' ORDER BY i.n)
      FROM (
        SELECT u.type, u.name, row_number() OVER (ORDER BY u.n) AS n
        FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]), p.proargnames, p.proargmodes)
          WITH ORDINALITY AS u (type, name, mode, n)
        WHERE coalesce(u.mode, 'i') IN ('i', 'b', 'v') AND u.type IS NOT NULL
      ) AS i
    ), '-'),
    coalesce((
      SELECT string_agg(coalesce(nullif(o.name, ''), 'column' || o.n) || ':' || tool.type(o.type), ',' ORDER BY o.n)
      FROM (
        SELECT u.type, u.name, row_number() OVER (ORDER BY u.n) AS n
        FROM unnest(p.proallargtypes, p.proargnames, p.proargmodes) WITH ORDINALITY AS u (type, name, mode, n)
        WHERE u.mode IN ('o', 'b', 't')
      ) AS o
    ), '-'),
    CASE WHEN tool.is_mutable(p.oid) THEN 'mutable' END) AS meaning
  FROM pg_proc AS p LEFT JOIN pg_aggregate AS a ON a.aggfnoid = p.oid;

-- name, left, right, result, whether it is mutable. Postfix operators are gone since PostgreSQL 14.
CREATE VIEW tool.operators AS
  SELECT o.oid, o.oprnamespace AS namespace, o.oprname AS name,
    concat_ws(' ', coalesce(tool.type(nullif(o.oprleft, 0)), '-'), tool.type(o.oprright), tool.type(o.oprresult),
      CASE WHEN tool.is_mutable(o.oprcode) THEN 'mutable' END) AS meaning
  FROM pg_operator AS o WHERE o.oprright <> 0 AND o.oprresult <> 0;

-- source, target, context, whether nothing is computed, or what may change. A cast to the same type changes the modifier alone.
CREATE VIEW tool.casts AS
  SELECT c.oid, tool.type(c.castsource) AS source, tool.type(c.casttarget) || ' ' || (
    SELECT word FROM (VALUES ('i', 'implicit'), ('a', 'assignment'), ('e', 'explicit')) AS context (code, word)
    WHERE code = c.castcontext::text) || CASE
      WHEN c.castmethod = 'b' THEN ' binary'
      WHEN tool.is_mutable(c.castfunc) THEN ' mutable'
      ELSE '' END AS meaning
  FROM pg_cast AS c WHERE c.castsource <> c.casttarget;

-- access method, name, the type that it is for, its family, whether it is the default of that type
CREATE VIEW tool.opclasses AS
  SELECT o.oid, o.opcnamespace AS namespace, a.amname AS method, concat_ws(' ',
    o.opcname, tool.type(o.opcintype), f.opfname, CASE WHEN o.opcdefault THEN 'default' END) AS meaning
  FROM pg_opclass AS o JOIN pg_am AS a ON a.oid = o.opcmethod JOIN pg_opfamily AS f ON f.oid = o.opcfamily;

-- schema, name, columns: tables and views
CREATE VIEW tool.relations AS
  SELECT c.oid, n.oid AS namespace, n.nspname AS schema, c.relname AS name, tool.columns(c.oid) AS meaning
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f');

-- what it is, name, and what else there is to it, else -: the token types of a parser; the parser of a
-- configuration, and the dictionaries of each token type
CREATE VIEW tool.text_search AS
  SELECT 'pg_ts_parser'::regclass AS class, p.oid, p.prsnamespace AS namespace, 'ts_parser' AS sort,
    p.prsname || ' ' || (SELECT string_agg(alias, ',' ORDER BY tokid) FROM ts_token_type(p.oid)) AS meaning
  FROM pg_ts_parser AS p
  UNION ALL
  SELECT 'pg_ts_template'::regclass, oid, tmplnamespace, 'ts_template', tmplname || ' -' FROM pg_ts_template
  UNION ALL
  SELECT 'pg_ts_dict'::regclass, oid, dictnamespace, 'ts_dictionary', dictname || ' -' FROM pg_ts_dict
  UNION ALL
  SELECT 'pg_ts_config'::regclass, c.oid, c.cfgnamespace, 'ts_configuration', c.cfgname || ' ' || p.prsname || ' ' || (
    SELECT string_agg(token || ':' || dictionaries, ',' ORDER BY token)
    FROM (
      SELECT t.alias AS token, string_agg(d.dictname, '+' ORDER BY m.mapseqno) AS dictionaries
      FROM pg_ts_config_map AS m JOIN pg_ts_dict AS d ON d.oid = m.mapdict
      JOIN ts_token_type(p.oid) AS t ON t.tokid = m.maptokentype
      WHERE m.mapcfg = c.oid GROUP BY t.alias
    ) AS mapped)
  FROM pg_ts_config AS c JOIN pg_ts_parser AS p ON p.oid = c.cfgparser;

-- Each extension in its own words: what it is, then its members, each with the class that it is of.
CREATE VIEW tool.extensions AS
  WITH member AS MATERIALIZED (
    SELECT 'pg_type'::regclass AS class, oid, 'type ' || name || ' ' || meaning AS line FROM tool.types
    UNION ALL SELECT 'pg_proc'::regclass, oid, 'routine ' || name || ' ' || meaning FROM tool.functions
    UNION ALL SELECT 'pg_operator'::regclass, oid, 'operator ' || name || ' ' || meaning FROM tool.operators
    UNION ALL SELECT 'pg_cast'::regclass, oid, 'cast ' || source || ' ' || meaning FROM tool.casts
    UNION ALL SELECT 'pg_opclass'::regclass, oid, 'opclass ' || method || ' ' || meaning FROM tool.opclasses
    UNION ALL SELECT 'pg_class'::regclass, oid, 'relation ' || name || ' ' || meaning FROM tool.relations
    UNION ALL SELECT class, oid, sort || ' ' || meaning FROM tool.text_search
  ), named AS (
    SELECT e.extname, concat_ws(' ', 'extension',
      'requires=' || array_to_string(v.requires, ','), 'schema=' || v.schema) AS line
    FROM pg_extension AS e JOIN pg_available_extension_versions AS v ON v.name = e.extname AND v.version = e.extversion
    UNION ALL
    SELECT e.extname, m.line
    FROM pg_depend AS d
    JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid
    JOIN member AS m ON d.classid = m.class AND d.objid = m.oid
    WHERE d.deptype = 'e'
  )
  -- The types of the extension itself need no name behind the @.
  SELECT extname, extname || ' ' || regexp_replace(line, '@' || extname || '\M(?![-_])', '@', 'g') AS line FROM named
  WHERE extname <> 'plpgsql';
