-- What Driftwatch asks the database when the tables of a declared pair are compared inside it: which keys are not surely
-- the same on both sides, and what is in those rows. Nothing here writes, and only the service role may call it.
--
-- The rule that everything follows: two rows that these functions call equal are equal for the action as well. The
-- reverse need not hold: whatever is hard to tell in SQL is handed over by its key, and the action tells.
--
-- `spec` is JSON text that the action makes of an entity (action/src/pair/declared/row-spec.ts):
--   legacy, normalized: { schema, table, only: [{ path, kind, absent, texts, numbers, booleans, instants }], more: [column] };
--   key, fields: [{ column, legacy: place, normalized: place, type: { name … }, default, values: { texts, numbers } }],
--     with place: { path: [column, names inside JSON …], kind, array }, and with default and values as canonical text.
-- Statements are made of it with names as %I and values as %L, and of types as the catalog names them.

-- The action works with one version and reads the rows where it finds another.
create or replace function public.driftwatch_rows_version() returns int
language sql immutable parallel safe
set search_path = ''
as $$ select 3 $$;

-- Text in Unicode NFC. Most text is ASCII, which is cheap to see. Nothing can cancel NFC over a long row of combining marks, which costs the
-- square of its length, so such a text stays as it is spelled, as in the action: see driftwatch_text.
-- Not `set search_path`, which would keep it from being inlined: a body of this kind is bound when it is created.
create or replace function public.driftwatch_rows_text(value text) returns text
language sql immutable parallel safe
return case
  when octet_length(value) = char_length(value)
    or octet_length(value) > 256 and value ~ '[^\u0001-\u02ff\u1100-\u11ff\u3000-\u3029\u3030-\u3098\u309b-\ua66e\uac00-\ud7a3]{129}' collate "C"
  then value else normalize(value, nfc) end;

-- A column as the catalog has it, in the words that the action uses; null where there is none. `other` is what an API shows as JSON
-- of a shape of its own. A domain is what it is made of.
create or replace function public.driftwatch_rows_column(relation oid, name text) returns jsonb
language sql stable parallel safe
set search_path = ''
as $$
  with recursive attribute as (
    select * from pg_attribute where attrelid = relation and attname = name and attnum > 0 and not attisdropped
  ), outer_type as (
    select t.* from attribute a join pg_type t on t.oid = a.atttypid
    union all
    select t.* from outer_type o join pg_type t on t.oid = o.typbasetype where o.typtype = 'd'
  ), inner_type as (
    select coalesce(e.oid, t.oid) as oid, e.oid is not null as is_array
    from outer_type t left join pg_type e on e.oid = t.typelem and t.typsubscript = 'array_subscript_handler'::pg_catalog.regproc
    where t.typtype <> 'd'
  ), base as (
    select t.*, i.is_array from inner_type i join pg_type t on t.oid = i.oid
  )
  select jsonb_build_object(
    'name', a.attname,
    'found', format_type(a.atttypid, a.atttypmod),
    -- With a modifier of none: `character` alone is a cast to a single one.
    'cast', format_type(case when b.is_array then b.typarray else b.oid end, -1),
    'base', format_type(b.oid, null),
    'oid', b.oid::bigint,
    'array', b.is_array,
    'enum', b.typtype = 'e',
    'required', a.attnotnull,
    'collation', a.attcollation::bigint,
    'kind', case
      when b.typtype = 'c' or b.typtype = 'd' then 'other'
      when b.typnamespace = 'pg_catalog'::pg_catalog.regnamespace and b.typname in ('int2', 'int4', 'int8') then 'integer'
      when b.typnamespace = 'pg_catalog'::pg_catalog.regnamespace and b.typname in ('numeric', 'float4', 'float8') then 'number'
      when b.typnamespace = 'pg_catalog'::pg_catalog.regnamespace and b.typname = 'bool' then 'boolean'
      when b.typnamespace = 'pg_catalog'::pg_catalog.regnamespace and b.typname in ('timestamptz', 'timestamp', 'date', 'uuid') then b.typname::pg_catalog.text
      when b.typnamespace = 'pg_catalog'::pg_catalog.regnamespace and b.typname in ('json', 'jsonb') then 'json'
      when b.typnamespace = 'pg_catalog'::pg_catalog.regnamespace and b.typname = 'bytea' then 'bytes'
      when b.typnamespace = 'pg_catalog'::pg_catalog.regnamespace and b.typname = 'bpchar' then 'char'
      when exists (select from pg_cast c where c.castsource = b.oid and c.casttarget = 'json'::pg_catalog.regtype) then 'other'
      else 'text'
    end
  )
  from attribute a cross join base b
$$;

-- Text as an expression, as an API hands the value of a column over: null where it hands over something else than text.
drop function if exists public.driftwatch_rows_string(jsonb, text, boolean);
create or replace function public.driftwatch_rows_string(col jsonb, x text) returns text
language sql immutable parallel safe
set search_path = ''
as $$
  select case col ->> 'kind'
    when 'text' then case when col ->> 'base' in ('text', 'character varying') or (col ->> 'enum')::boolean then format('(%s)::pg_catalog.text', x)
      else format('case when (%1$s) is not null then format(''%%s'', %1$s) end', x) end
    -- Without the spaces that fill `character(n)`: they carry no meaning.
    when 'char' then format('(%s)::pg_catalog.text', x)
    when 'uuid' then format('(%s)::pg_catalog.text', x)
    when 'date' then format('(%s)::pg_catalog.text', x)
    when 'inside' then format('case jsonb_typeof(%1$s) when ''string'' then (%1$s) #>> ''{}'' end', x)
  end
$$;

-- How a value is read as a type: expressions for the canonical value, for whether only the action can read it, and what the value is in
-- SQL. Two canonical values that are the same are equal for the action. Null where SQL cannot say it.
--
-- x: an expression for the value; col: { kind, base, enum, array }; `inside` is the kind of what is inside jsonb.
create or replace function public.driftwatch_rows_value(type jsonb, col jsonb, x text) returns jsonb
language plpgsql stable parallel safe
set search_path = ''
as $$
declare
  name pg_catalog.text := type ->> 'name';
  kind pg_catalog.text := col ->> 'kind';
  s pg_catalog.text := public.driftwatch_rows_string(col, x);
  present pg_catalog.text := case kind when 'inside' then format('coalesce(jsonb_typeof(%s) <> ''null'', false)', x) else format('(%s) is not null', x) end;
  -- Nothing that a cast of theirs could refuse, and nothing that Postgres would round.
  a_number constant pg_catalog.text := '^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$';
  a_day constant pg_catalog.text := '(?!0000)([0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|[0-9]{4}-((0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)'
    || '|([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)';
  an_instant constant pg_catalog.text := '^' || a_day || '[Tt ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?([Zz]|[+-](0[0-9]|1[0-5])(:?[0-5][0-9])?)$';
  white constant pg_catalog.text := E' \t\n\u000b\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff';
  number pg_catalog.text;
  v pg_catalog.text;
  bad pg_catalog.text := 'false';
  domain pg_catalog.text;
  element pg_catalog.jsonb;
begin
  if (col ->> 'array')::boolean and name not in ('list', 'set', 'json') then return null; end if;

  if name in ('integer', 'number', 'timestamp') then
    number := case
      when kind = 'integer' then format('(%s)::numeric', x)
      when kind = 'number' and col ->> 'base' = 'numeric' then x
      -- A float's text has all its digits, and a cast to numeric fewer.
      when kind = 'number' then format('(%s)::pg_catalog.text::numeric', x)
      when s is not null and kind not in ('uuid', 'date') then
        format('case when length(%1$s) < 400 and (%1$s) ~ %2$L then (%1$s)::numeric end', s, a_number)
    end;
    if kind = 'inside' then
      -- What counts since 1970 is a number there.
      number := format('case jsonb_typeof(%1$s) when ''number'' then (%1$s)::numeric when ''string'' then %2$s end', x, case when name <> 'timestamp' then number else 'null' end);
    end if;
  end if;

  case name
    when 'text' then
      v := case when kind in ('integer', 'number') then format('(%s)::pg_catalog.text', x) when kind = 'boolean' then 'null::pg_catalog.text' else s end;
      if v is null then return null; end if;
      -- Only `values` can make text of it.
      if kind = 'boolean' then bad := present; end if;
      -- What goes into a digest is composed as a whole.
      if kind in ('text', 'char', 'inside') and not type ? 'rough' then v := format('public.driftwatch_rows_text(%s)', v); end if;
      if (type ->> 'trim')::boolean then v := format('btrim(%s, %L)', v, white); end if;
      if (type ->> 'blankIsNull')::boolean then v := format('case when btrim(%1$s, %2$L) <> '''' then %1$s end', v, white); end if;
      -- Letters beyond ASCII are left to the action.
      if (type ->> 'ignoreCase')::boolean then v := format('lower((%s) collate "C")', v); end if;
      if kind = 'inside' then bad := format('coalesce(jsonb_typeof(%s) not in (''string'', ''null''), false)', x); end if;
      v := format('(%s) collate "C"', v);
      domain := 'text';
    when 'integer', 'number' then
      if number is null then return null; end if;
      v := number;
      if name = 'number' and kind in ('text', 'char', 'inside') then
        v := format('coalesce(%s, case when (%2$s) in (''NaN'', ''Infinity'', ''-Infinity'') then (%2$s)::numeric end)', number, s);
      elsif name = 'integer' and kind <> 'integer' then
        v := format('case when (%1$s) not in (''NaN'', ''Infinity'', ''-Infinity'') and (%1$s) = trunc(%1$s) then %1$s end', number);
      end if;
      if kind <> 'integer' and not (name = 'number' and kind = 'number') then bad := format('%s and (%s) is null', present, v); end if;
      domain := 'numeric';
    when 'boolean' then
      v := case
        when kind = 'boolean' then x
        when kind in ('text', 'char') then format('case %s when ''true'' then true when ''false'' then false end', s)
        when kind = 'inside' then format('case jsonb_typeof(%1$s) when ''boolean'' then (%1$s)::boolean end', x)
      end;
      if v is null then return null; end if;
      if kind <> 'boolean' then bad := format('%s and (%s) is null', present, v); end if;
      domain := 'boolean';
    when 'timestamp' then
      v := case
        when kind = 'timestamptz' then x
        when kind = 'timestamp' then format('(%s) at time zone ''UTC''', x)
        when kind in ('text', 'char', 'inside') then
          -- Cut to what Postgres has, which would round.
          format('case when (%1$s) ~ %2$L then regexp_replace(%1$s, ''(\.[0-9]{6})[0-9]+'', ''\1'')::pg_catalog.timestamptz when (%1$s) in (''infinity'', ''-infinity'') then (%1$s)::pg_catalog.timestamptz end', s, an_instant)
      end;
      if type ->> 'unit' is not null and number is not null then
        -- In whole days and microseconds, which intervals hold exactly.
        v := format(
          'coalesce(%s, (select (timestamp ''1970-01-01'' + us / 86400000000 * interval ''1 day'' + us %% 86400000000 * interval ''1 microsecond'') at time zone ''UTC'''
            || ' from (select floor(n * %s)::bigint as us from (select %s as n) as counted where n between %s and %s) as counted))',
          coalesce(v, 'null::pg_catalog.timestamptz'), case type ->> 'unit' when 's' then '1000000' else '1000' end, number,
          case type ->> 'unit' when 's' then '-60000000000' else '-60000000000000' end, case type ->> 'unit' when 's' then '250000000000' else '250000000000000' end
        );
      end if;
      if v is null then return null; end if;
      if type ->> 'precision' <> 'us' then v := format('date_trunc(%L, %s)', case type ->> 'precision' when 's' then 'second' else 'milliseconds' end, v); end if;
      if kind not in ('timestamptz', 'timestamp') then bad := format('%s and (%s) is null', present, v); end if;
      domain := 'timestamptz';
    when 'date' then
      v := case
        when kind = 'date' then x
        when kind in ('text', 'char', 'inside') then format('case when (%1$s) ~ %2$L then (%1$s)::pg_catalog.date end', s, '^' || a_day || '$')
      end;
      if v is null then return null; end if;
      bad := case kind when 'date' then format('coalesce((%s) not between ''0001-01-01'' and ''9999-12-31'', false)', x) else format('%s and (%s) is null', present, v) end;
      domain := 'date';
    when 'uuid' then
      v := case
        when kind = 'uuid' then x
        when kind in ('text', 'char', 'inside') then format('case when (%1$s) ~ %2$L then (%1$s)::pg_catalog.uuid end', s, '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$')
      end;
      if v is null then return null; end if;
      if kind <> 'uuid' then bad := format('%s and (%s) is null', present, v); end if;
      domain := 'uuid';
    when 'bytes' then
      v := case
        when kind = 'bytes' then x
        when kind in ('text', 'char', 'inside') then format(
          'case when (%1$s) ~ ''^\\x([0-9a-fA-F]{2})*$'' then decode(substr(%1$s, 3), ''hex'')'
            || ' when (%1$s) ~ ''^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'' then decode(%1$s, ''base64'') end', s)
      end;
      if v is null then return null; end if;
      if kind <> 'bytes' then bad := format('%s and (%s) is null', present, v); end if;
      domain := 'bytea';
    when 'json' then
      v := case
        when (col ->> 'array')::boolean then case when kind in ('text', 'integer', 'boolean', 'uuid', 'json') and not (kind = 'text' and s not like '%::pg_catalog.text') then format('to_jsonb(%s)', x) end
        when kind = 'inside' then x
        when kind = 'json' and col ->> 'base' = 'jsonb' then x
        -- What jsonb cannot hold is left to the action.
        when kind = 'json' then format('case when (%1$s)::pg_catalog.text !~ %2$L then (%1$s)::pg_catalog.text::pg_catalog.jsonb end', x, '\\u|[0-9][eE][+-]?[0-9]{3}')
        when kind in ('text', 'uuid', 'date') then format('to_jsonb(%s)', s)
        when kind in ('integer', 'boolean') then format('to_jsonb(%s)', x)
      end;
      if v is null or (kind = 'json' and (col ->> 'array')::boolean and col ->> 'base' = 'json') then return null; end if;
      if kind = 'json' and col ->> 'base' = 'json' then bad := format('%s and (%s) is null', present, v); end if;
      v := format(case when type ? 'rough' then 'nullif(%s, ''null'')' else 'nullif(jsonb_strip_nulls(%s), ''null'')' end, v);
      domain := 'jsonb';
    else
      -- A list or a set.
      if (col ->> 'array')::boolean then
        element := public.driftwatch_rows_value(jsonb_build_object('name', type ->> 'of', 'precision', 'ms'), col || '{"array": false}', 'e');
      elsif kind in ('json', 'inside') and col ->> 'base' is distinct from 'json' then
        element := public.driftwatch_rows_value(jsonb_build_object('name', type ->> 'of', 'precision', 'ms'), '{"kind": "inside"}', 'e');
      end if;
      if element is null then return null; end if;
      v := format('select %s from %s with ordinality as u(e, i) order by %s', element ->> 'value',
        case when (col ->> 'array')::boolean then format('unnest(%s)', x) else format('jsonb_array_elements(case jsonb_typeof(%1$s) when ''array'' then %1$s end)', x) end,
        case name when 'set' then '1' else 'i' end);
      bad := format('exists (select from %s as u(e) where %s)',
        case when (col ->> 'array')::boolean then format('unnest(%s)', x) else format('jsonb_array_elements(case jsonb_typeof(%1$s) when ''array'' then %1$s end)', x) end,
        element ->> 'bad');
      if (col ->> 'array')::boolean then
        v := format('case when (%s) is not null then array(%s) end', x, v);
        bad := format('(coalesce(array_ndims(%s) > 1, false)%s)', x, case element ->> 'bad' when 'false' then '' else ' or ' || bad end);
      else
        v := format('case jsonb_typeof(%s) when ''array'' then array(%s) end', x, v);
        bad := format('(coalesce(jsonb_typeof(%s) not in (''array'', ''null''), false)%s)', x, case element ->> 'bad' when 'false' then '' else ' or ' || bad end);
      end if;
      domain := element ->> 'domain' || '[]';
  end case;
  return jsonb_build_object('value', v, 'bad', bad, 'domain', domain);
end
$$;

-- How a value of the legacy side is read, with the default and the values that the file declares for it.
create or replace function public.driftwatch_rows_expected(field jsonb, col jsonb, x text) returns jsonb
language plpgsql stable parallel safe
set search_path = ''
as $$
declare
  type pg_catalog.jsonb := field -> 'type';
  kind pg_catalog.text := col ->> 'kind';
  read pg_catalog.jsonb := public.driftwatch_rows_value(type, col, x);
  v pg_catalog.text := read ->> 'value';
  bad pg_catalog.text := read ->> 'bad';
  domain pg_catalog.text := read ->> 'domain';
  stand_in pg_catalog.text := format('null::%s', domain);
  spelled pg_catalog.text;
  number pg_catalog.text;
  cases pg_catalog.text;
  bad_cases pg_catalog.text;
begin
  if read is null then return null; end if;

  if field ->> 'default' is not null then
    stand_in := case when type ->> 'name' in ('list', 'set')
      then format('array(select %s from jsonb_array_elements_text(%L) with ordinality as d(e, i) order by %s)',
        case when domain = 'text[]' then 'e collate "C"' else format('e::%s', left(domain, -2)) end, field ->> 'default', case type ->> 'name' when 'set' then '1' else 'i' end)
      else format('%L::%s', field ->> 'default', domain) end;
  end if;

  if field ? 'values' then
    spelled := case when kind = 'boolean' then format('(%s)::pg_catalog.text', x) else public.driftwatch_rows_string(col, x) end;
    if kind = 'inside' then spelled := format('case jsonb_typeof(%1$s) when ''string'' then (%1$s) #>> ''{}'' when ''boolean'' then (%1$s)::pg_catalog.text end', x); end if;
    number := case
      when kind = 'integer' or (kind = 'number' and col ->> 'base' = 'numeric') then x
      when kind = 'number' then format('(%s)::pg_catalog.text::numeric', x)
      when kind = 'inside' then format('case jsonb_typeof(%1$s) when ''number'' then (%1$s)::numeric end', x)
    end;
    if (spelled is null and number is null) or type ->> 'name' in ('json', 'list', 'set') or (col ->> 'array')::boolean then return null; end if;
    if spelled is not null then
      spelled := format('public.driftwatch_rows_text(%s)', spelled);
      if type ->> 'name' = 'text' then
        -- As the type spells text, but that what is blank can be listed.
        spelled := public.driftwatch_rows_value(type - 'blankIsNull', '{"kind": "text", "base": "text"}', spelled) ->> 'value';
        if (type ->> 'ignoreCase')::boolean then bad := format('((%1$s) or octet_length(%2$s) <> char_length(%2$s))', bad, spelled); end if;
      end if;
      select string_agg(format('when %L then %s', pair ->> 0, case when pair ->> 1 is null then 'null' else format('%L::%s', pair ->> 1, domain) end), ' '), string_agg(format('when %L then false', pair ->> 0), ' ')
        into cases, bad_cases from jsonb_array_elements(field -> 'values' -> 'texts') as listed(pair);
      if cases is not null then
        v := format('case (%s) collate "C" %s else %s end', spelled, cases, v);
        if bad <> 'false' and not coalesce((type ->> 'ignoreCase')::boolean, false) then bad := format('case (%s) collate "C" %s else %s end', spelled, bad_cases, bad); end if;
      end if;
    end if;
    if number is not null then
      select string_agg(format('when %L::numeric then %s', pair ->> 0, case when pair ->> 1 is null then 'null' else format('%L::%s', pair ->> 1, domain) end), ' '), string_agg(format('when %L::numeric then false', pair ->> 0), ' ')
        into cases, bad_cases from jsonb_array_elements(field -> 'values' -> 'numbers') as listed(pair);
      if cases is not null then
        v := format('case (%s)::numeric %s else %s end', number, cases, v);
        if bad <> 'false' then bad := format('case (%s)::numeric %s else %s end', number, bad_cases, bad); end if;
      end if;
    end if;
  end if;

  if field ->> 'default' is not null or field ? 'values' then
    v := format('case when %s then %s else %s end',
      case
        when type ->> 'name' = 'text' and (type ->> 'blankIsNull')::boolean and kind in ('text', 'char', 'inside') then format('(%s) is null and not %s', read ->> 'value', read ->> 'bad')
        when kind in ('json', 'inside') and not coalesce((col ->> 'array')::boolean, false) then format('((%1$s) is null or (%1$s)::pg_catalog.text = ''null'')', x)
        else format('(%s) is null', x)
      end, stand_in, v);
    if domain = 'text' then v := format('(%s) collate "C"', v); end if;
  end if;
  return jsonb_build_object('value', v, 'bad', bad, 'domain', domain);
end
$$;

-- Whether a row is in the scope of an entity, as an expression; null where SQL cannot say it.
create or replace function public.driftwatch_rows_condition(condition jsonb, col jsonb, x text) returns text
language plpgsql stable parallel safe
set search_path = ''
as $$
declare
  kind pg_catalog.text := col ->> 'kind';
  s pg_catalog.text := public.driftwatch_rows_string(col, x);
  -- Arrays as Postgres writes them.
  texts pg_catalog.text := (select array_agg(t)::pg_catalog.text from jsonb_array_elements_text(condition -> 'texts') as t);
  numbers pg_catalog.text := (select array_agg(t)::pg_catalog.text from jsonb_array_elements_text(condition -> 'numbers') as t);
  booleans pg_catalog.text := (select array_agg(t)::pg_catalog.text from jsonb_array_elements_text(condition -> 'booleans') as t);
  instants pg_catalog.text := (select array_agg(t)::pg_catalog.text from jsonb_array_elements_text(condition -> 'instants') as t);
  is_absent boolean := (condition ->> 'absent')::boolean;
  only_absent boolean := coalesce(texts, numbers, booleans) is null;
  absent pg_catalog.text := format('(%s) is null', x);
  is_any pg_catalog.text := 'false';
begin
  if kind in ('json', 'inside') and not coalesce((col ->> 'array')::boolean, false) then
    absent := format('((%1$s) is null or btrim((%1$s)::pg_catalog.text, E'' \t\n\r'') = ''null'')', x);
    if not only_absent then
      if col ->> 'base' = 'json' then return null; end if;
      is_any := format('case jsonb_typeof(%1$s) when ''string'' then public.driftwatch_rows_text((%1$s) #>> ''{}'') collate "C" = any(%2$L::pg_catalog.text[]) when ''number'' then (%1$s)::numeric = any(%3$L::numeric[]) when ''boolean'' then (%1$s)::boolean = any(%4$L::boolean[]) else false end',
        x, coalesce(texts, '{}'), coalesce(numbers, '{}'), coalesce(booleans, '{}'));
    end if;
  elsif not only_absent then
    if (col ->> 'array')::boolean or kind in ('bytes', 'other') then return null; end if;
    is_any := case
      when s is not null then case when texts is not null then format('public.driftwatch_rows_text(%s) collate "C" = any(%L::pg_catalog.text[])', s, texts) end
      when kind in ('integer', 'number') then case when numbers is not null then format('(%s)%s::numeric = any(%L::numeric[])', x, case when col ->> 'base' in ('real', 'double precision') then '::pg_catalog.text' end, numbers) end
      when kind = 'boolean' then case when booleans is not null then format('(%s) = any(%L::boolean[])', x, booleans) end
      when instants is not null then format('%s = any(%L::pg_catalog.timestamptz[])', case kind when 'timestamp' then format('(%s) at time zone ''UTC''', x) else x end, instants)
    end;
    is_any := coalesce(is_any, 'false');
  end if;
  if is_any = 'false' then return case when is_absent then absent else 'false' end; end if;
  return case when is_absent then format('(%s or coalesce(%s, false))', absent, is_any) else format('coalesce(%s, false)', is_any) end;
end
$$;

-- One side of an entity, as parts of statements, or what keeps SQL from comparing it.
-- returns {
--   problems: [{ side, table, column, found, expected }]: what is not there (`found` null), or is of another kind;
--   strange: [{ side, table, column, reason }]: what is there, and only the action can read;
--   table, alias, columns, key: [{ x, cast, oid, collation, required, kind, column }], fields: [{ x, value, bad, domain, kind, oid … }],
--   scope, odd (a key that may be spelled in another way), orders: [[places of the key's parts] …] of indexes, unique, rows,
--   held: the same of indexes whose first column is an expression, which may be that of parts;
--   meaning: what a key means as JSON text, as the action has it; null where only the action can tell
-- }
create or replace function public.driftwatch_rows_side(spec jsonb, side text) returns jsonb
language plpgsql stable parallel safe
set search_path = ''
-- Planning these statements takes longer than running them, and their plans do not depend on what they are asked for.
set plan_cache_mode = 'force_generic_plan'
as $$
declare
  declared pg_catalog.jsonb := spec -> side;
  alias pg_catalog.text := coalesce(spec ->> 'alias', case side when 'legacy' then 'l' else 'n' end);
  relation pg_catalog.pg_class;
  problems pg_catalog.jsonb := '[]';
  strange pg_catalog.jsonb := '[]';
  key pg_catalog.jsonb := '[]';
  fields pg_catalog.jsonb := '[]';
  scope pg_catalog.text := 'true';
  odd pg_catalog.text := 'false';
  names pg_catalog.text[] := '{}';
  orders pg_catalog.jsonb;
  held pg_catalog.jsonb;
  is_unique boolean;
  meanings pg_catalog.text[] := '{}';
  meaning pg_catalog.text;
  field pg_catalog.jsonb;
  place pg_catalog.jsonb;
  col pg_catalog.jsonb;
  inner_col pg_catalog.jsonb;
  read pg_catalog.jsonb;
  reason pg_catalog.text;
  root pg_catalog.text;
  x pg_catalog.text;
  is_key boolean;
  part pg_catalog.text;
begin
  select c.* into relation from pg_catalog.pg_class c join pg_catalog.pg_namespace s on s.oid = c.relnamespace
    where s.nspname = declared ->> 'schema' and c.relname = declared ->> 'table' and c.relkind in ('r', 'p', 'v', 'm', 'f');
  if relation.oid is null then
    return jsonb_build_object('problems', jsonb_build_array(jsonb_build_object('side', side, 'table', declared ->> 'table', 'column', null, 'found', null, 'expected', 'a table')));
  end if;
  if not has_table_privilege(relation.oid, 'select') or not has_schema_privilege(relation.relnamespace, 'usage') then
    return jsonb_build_object('problems', jsonb_build_array(jsonb_build_object('side', side, 'table', declared ->> 'table', 'column', null, 'found', 'a table that this key may not read', 'expected', 'a table')));
  end if;

  for field, is_key in
    select f, true from jsonb_array_elements(spec -> 'key') as f
    union all select f, false from jsonb_array_elements(spec -> 'fields') as f
    union all select jsonb_build_object('column', c -> 'path' ->> 0, 'condition', c, side, c), false from jsonb_array_elements(declared -> 'only') as c
    union all select jsonb_build_object('column', c, 'more', true, side, jsonb_build_object('path', jsonb_build_array(c))), false from jsonb_array_elements_text(declared -> 'more') as c
  loop
    place := field -> side;
    root := place -> 'path' ->> 0;
    col := public.driftwatch_rows_column(relation.oid, root);
    if col is null or (place ? 'kind' and (col ->> 'kind' <> place ->> 'kind' or col ->> 'array' <> place ->> 'array') and col ->> 'kind' <> 'other') then
      problems := problems || jsonb_build_object('side', side, 'table', relation.relname, 'column', root, 'found', col -> 'found',
        'expected', case when (place ->> 'array')::boolean then (place ->> 'kind') || '[]' else place ->> 'kind' end);
      continue;
    end if;
    if not root = any(names) then names := names || root; end if;
    if field ? 'more' then continue; end if;

    x := format('%s.%I', alias, root);
    inner_col := col;
    reason := null;
    if jsonb_array_length(place -> 'path') > 1 then
      if col ->> 'kind' <> 'json' or col ->> 'base' <> 'jsonb' then reason := 'is inside a column that is not jsonb'; end if;
      for part in select p from jsonb_array_elements_text(place -> 'path') with ordinality as inside(p, i) where i > 1 loop
        x := format('(%s -> %L)', x, part);
      end loop;
      inner_col := '{"kind": "inside", "array": false}';
    end if;

    if field ? 'condition' then
      part := case when reason is null then public.driftwatch_rows_condition(field -> 'condition', inner_col, x) end;
      if part is null then
        strange := strange || jsonb_build_object('side', side, 'table', relation.relname, 'column', root, 'reason', coalesce(reason, 'is a condition that only rows can be tried against'));
      elsif part <> 'true' then
        scope := case scope when 'true' then part else format('%s and %s', scope, part) end;
      end if;
      continue;
    end if;

    read := case when reason is not null or col ->> 'kind' = 'other' then null
      when side = 'legacy' then public.driftwatch_rows_expected(field, inner_col, x)
      else public.driftwatch_rows_value(field -> 'type', inner_col, x) end;
    if read is null then
      strange := strange || jsonb_build_object('side', side, 'table', relation.relname, 'column', root, 'reason', coalesce(reason, format('holds %s, which only rows can be read from as %s', col ->> 'found', field -> 'type' ->> 'name')));
      continue;
    end if;
    read := read || jsonb_build_object('x', x, 'kind', inner_col -> 'kind', 'base', coalesce(inner_col -> 'base', 'null'), 'array', col -> 'array', 'column', root, 'oid', col -> 'oid', 'cast', col -> 'cast', 'collation', col -> 'collation', 'required', col -> 'required');
    if not is_key then
      fields := fields || jsonb_build_array(read);
      continue;
    end if;

    -- Whether two keys that are the same as they stand are one key, and what else may be the same key.
    part := case
      when x <> format('%s.%I', alias, root) or (col ->> 'array')::boolean then null
      when field ? 'values' or field ->> 'default' is not null or (field -> 'type' ->> 'ignoreCase')::boolean or (field -> 'type' ->> 'trim')::boolean then null
      when field -> 'type' ->> 'name' = 'text' and col ->> 'kind' in ('uuid', 'integer') then 'false'
      when field -> 'type' ->> 'name' = 'text' and (col ->> 'kind' = 'char' or (col ->> 'kind' = 'text' and col ->> 'base' in ('text', 'character varying')))
        then format('(%s) is distinct from (%s)::pg_catalog.text collate "C"', read ->> 'value', x)
      when field -> 'type' ->> 'name' = 'uuid' and col ->> 'base' in ('text', 'character varying') then format('((%1$s) or %2$s collate "C" <> lower(%2$s collate "C"))', read ->> 'bad', x)
      when field -> 'type' ->> 'name' = 'integer' and col ->> 'base' in ('text', 'character varying') then format('%s collate "C" !~ ''^(0|-?[1-9][0-9]{0,99})$''', x)
      when field -> 'type' ->> 'name' = 'date' and col ->> 'base' in ('text', 'character varying') then read ->> 'bad'
      when field -> 'type' ->> 'name' in ('integer', 'number') and col ->> 'kind' = 'integer' then 'false'
      when field -> 'type' ->> 'name' in ('uuid', 'boolean', 'date', 'bytes') and col ->> 'kind' = case field -> 'type' ->> 'name' when 'bytes' then 'bytes' else field -> 'type' ->> 'name' end then read ->> 'bad'
      when field -> 'type' ->> 'name' in ('integer', 'number') and col ->> 'base' = 'numeric' then read ->> 'bad'
      when field -> 'type' ->> 'name' = 'timestamp' and field -> 'type' ->> 'precision' = 'us' and col ->> 'kind' in ('timestamptz', 'timestamp') then 'false'
    end;
    if part is null or not coalesce((select collisdeterministic from pg_catalog.pg_collation where oid = (col ->> 'collation')::pg_catalog.oid), true) then
      strange := strange || jsonb_build_object('side', side, 'table', relation.relname, 'column', root, 'reason', 'is part of the key, and keys of this type and spelling are found only by reading them');
      continue;
    end if;
    if part <> 'false' then odd := case odd when 'false' then part else format('%s or %s', odd, part) end; end if;
    key := key || jsonb_build_array(read || jsonb_build_object('place', jsonb_array_length(key)));
    meanings := meanings || case
      when (field -> 'type' ->> 'blankIsNull')::boolean then null
      when field -> 'type' ->> 'name' in ('text', 'uuid', 'integer', 'number') and col ->> 'kind' in ('uuid', 'integer') then format('''"'' || %s::pg_catalog.text || ''"''', x)
      -- Of what an index may hold, and nothing of ours: whoever writes a row computes what its indexes hold, and may not call our functions.
      when field -> 'type' ->> 'name' = 'text' and col ->> 'base' in ('text', 'character varying') then format(
        'case when %1$s ~ ''[\u0001-\u001f"\\]'' collate "C" then (jsonb_object(array['''', %1$s]) -> '''')::pg_catalog.text else ''"'' || %1$s || ''"'' end',
        -- driftwatch_rows_text written out.
        format('(case when octet_length(%1$s) = char_length(%1$s) or octet_length(%1$s) > 256 and %1$s ~ %2$L collate "C" then %1$s else normalize(%1$s, nfc) end)',
          format('%s::pg_catalog.text', x), '[^\u0001-\u02ff\u1100-\u11ff\u3000-\u3029\u3030-\u3098\u309b-\ua66e\uac00-\ud7a3]{129}'))
    end;
  end loop;
  if array_position(meanings, null) is null then meaning := format('''['' || %s || '']''', array_to_string(meanings, ' || '','' || ')); end if;
  if spec ? 'part' and meaning is null then
    strange := strange || jsonb_build_object('side', side, 'table', relation.relname, 'column', key -> 0 -> 'column', 'reason', 'is part of the key, and which part of the rows such a key is in only the action can tell');
  end if;

  -- In which orders an index has the key, as far as its first columns are parts of the key.
  if jsonb_array_length(problems) = 0 and jsonb_array_length(strange) = 0 then
    select coalesce(jsonb_agg(i.places) filter (where i.first = 1), '[]'), coalesce(jsonb_agg(i.places) filter (where i.first = 2), '[]'),
        coalesce(bool_or(i.indisunique and i.columns = jsonb_array_length(key) and jsonb_array_length(i.places) = i.columns), false)
      into orders, held, is_unique
    from (
      select i.indisunique, i.indnkeyatts as columns, i.first, (
        select jsonb_agg(p.place order by p.at)
        from (
          select m.at, m.place, bool_and(m.place is not null) over (order by m.at) as is_whole
          from (
            select u.at, case when i.indoption[u.at - 1] = 0 and o.opcdefault and i.indcollation[u.at - 1]::bigint = (k.part ->> 'collation')::bigint then (k.part ->> 'place')::int end as place
            from generate_series(i.first, i.indnkeyatts) as u(at)
            join pg_catalog.pg_opclass o on o.oid = i.indclass[u.at - 1]
            left join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[u.at - 1]
            left join jsonb_array_elements(key) as k(part) on k.part ->> 'column' = a.attname
          ) as m
        ) as p where p.is_whole
      ) as places
      from (select *, case when indkey[0] = 0 then 2 else 1 end as first from pg_catalog.pg_index) as i
      join pg_catalog.pg_class c on c.oid = i.indexrelid
      join pg_catalog.pg_am m on m.oid = c.relam and m.amname = 'btree'
      where i.indrelid = relation.oid and i.indisvalid and i.indpred is null
      offset 0
    ) as i where i.places is not null;
  end if;

  return jsonb_build_object(
    'problems', problems, 'strange', strange,
    'name', relation.relname, 'is_table', relation.relkind in ('r', 'p'),
    'paged', relation.relkind = 'r', 'pages', case relation.relkind when 'r' then pg_relation_size(relation.oid) / current_setting('block_size')::int end,
    'table', format('%I.%I', declared ->> 'schema', relation.relname), 'alias', alias, 'rows', greatest(relation.reltuples, 0)::bigint,
    'columns', (select string_agg(format('%s.%I', alias, n), ', ') from unnest(names) as n),
    'names', to_jsonb(names || case when 'id' <> all(names) and public.driftwatch_rows_column(relation.oid, 'id') is not null then array['id'] else '{}' end),
    'key', key, 'fields', fields, 'scope', scope, 'odd', odd, 'orders', coalesce(orders, '[]'), 'held', coalesce(held, '[]'), 'unique', coalesce(is_unique, false),
    'meaning', meaning, 'part', spec -> 'part',
    -- Parts of the key that may be null, and so may keep a row from having one.
    'keyless', (select string_agg(format('%s is null', k ->> 'x'), ' or ') from jsonb_array_elements(key) as k where not (k ->> 'required')::boolean)
  );
end
$$;

-- In which order of the key's parts both sides can be walked: places, the most that both have an index for. Null where there is none. The
-- rows of a part are walked in the order that `part` of the spec says, where it has one.
create or replace function public.driftwatch_rows_order(first jsonb, second jsonb) returns jsonb
language sql immutable parallel safe
set search_path = ''
as $$
  select coalesce(first -> 'part' -> 'order', (select common
  from jsonb_array_elements(first -> 'orders') as a(a), jsonb_array_elements(second -> 'orders') as b(b),
    lateral (
      select jsonb_agg(place order by at) as common from (
        select at, x as place, bool_and(x = y) over (order by at) as same
        from rows from (jsonb_array_elements(a.a), jsonb_array_elements(b.b)) with ordinality as pair(x, y, at)
        where x is not null and y is not null
      ) as paired where same
    ) as c
  where common is not null
  order by jsonb_array_length(common) desc, common limit 1))
$$;

-- Which part a row of one side is in, from 0 on, as an expression: `partOf` in action/src/parts/part.ts, of what the key means. Indexes
-- of users hold it, so that no release may write it in another way.
create or replace function public.driftwatch_rows_part_number(side jsonb) returns text
language sql immutable parallel safe
set search_path = ''
as $$
  select format('(hashtext((%s) collate "C") & 2147483647) %% %s', side ->> 'meaning', (side -> 'part' ->> 'of')::int)
$$;

-- The rows of one side that are in the part that is asked for, as a condition.
create or replace function public.driftwatch_rows_part(side jsonb) returns text
language sql immutable parallel safe
set search_path = ''
as $$
  select case when jsonb_typeof(side -> 'part') = 'object'
    then format('%s = %s', public.driftwatch_rows_part_number(side), (side -> 'part' ->> 'index')::int - 1)
    else 'true' end
$$;

-- The rows of one side whose key lies after one position and not after another, each null for an open end, as a condition. Rows
-- without a whole key are in none of these.
create or replace function public.driftwatch_rows_range(side jsonb, places jsonb, after jsonb, until jsonb) returns text
language sql immutable parallel safe
set search_path = ''
as $$
  select concat_ws(' and ',
    case when jsonb_typeof(after) = 'array' then format('(%s) > (%s)', names, lower_bound) end,
    case when jsonb_typeof(until) = 'array' then format('(%s) <= (%s)', names, upper_bound) end,
    case when side ->> 'keyless' is not null then format('not (%s)', side ->> 'keyless') end,
    case when side ->> 'scope' <> 'true' then side ->> 'scope' end,
    public.driftwatch_rows_part(side))
  from (
    select string_agg(part ->> 'x', ', ' order by at) as names,
      string_agg(format('%L::%s', after ->> (at - 1)::int, part ->> 'cast'), ', ' order by at) as lower_bound,
      string_agg(format('%L::%s', until ->> (at - 1)::int, part ->> 'cast'), ', ' order by at) as upper_bound
    from jsonb_array_elements(places) with ordinality as p(place, at)
    cross join lateral (select side -> 'key' -> place::int as part) as k
  ) as bounds
$$;

-- Whether two values are the same in SQL's eyes, so that they are for the action as well, as an expression.
create or replace function public.driftwatch_rows_equal(field jsonb, l jsonb, n jsonb) returns text
language plpgsql immutable parallel safe
set search_path = ''
as $$
declare
  declared pg_catalog.text := field -> 'type' ->> 'name';
  tolerance pg_catalog.text := field -> 'type' ->> 'tolerance';
  has_default boolean := field ->> 'default' is not null;
  -- As they stand, where nothing that is the same can be unreadable, or mean another thing on the other side.
  is_plain boolean := l ->> 'kind' = n ->> 'kind' and l ->> 'array' = n ->> 'array' and not field ? 'values'
    and not (has_default and (field -> 'type' ->> 'blankIsNull')::boolean)
    and case
      when (l ->> 'array')::boolean then l ->> 'oid' = n ->> 'oid' and (
        declared in ('list', 'set') and field -> 'type' ->> 'of' = case l ->> 'kind' when 'number' then 'number' when 'timestamptz' then 'timestamp' when 'timestamp' then 'timestamp' else l ->> 'kind' end
        and (l ->> 'kind' in ('uuid', 'integer', 'number', 'boolean', 'timestamptz', 'timestamp') or l ->> 'kind' = 'text' and l ->> 'base' in ('text', 'character varying')))
      when declared = 'text' then l ->> 'kind' = 'text' and l ->> 'base' in ('text', 'character varying') and n ->> 'base' in ('text', 'character varying') or l ->> 'kind' in ('uuid', 'integer')
      when declared in ('integer', 'number') then l ->> 'kind' = 'integer' or declared = 'number' and l ->> 'kind' = 'number' and l ->> 'base' = n ->> 'base'
      when declared = 'timestamp' then l ->> 'kind' in ('timestamptz', 'timestamp', 'integer')
      when declared = 'json' then l ->> 'base' = 'jsonb' and n ->> 'base' = 'jsonb' and not has_default
    end;
  collated pg_catalog.text := case when l ->> 'kind' = 'text' then ' collate "C"' else '' end;
  raw pg_catalog.text;
  same pg_catalog.text;
  readable pg_catalog.text := concat_ws(' or ', nullif(l ->> 'bad', 'false'), nullif(n ->> 'bad', 'false'));
begin
  -- An integer as an instant is unreadable where it is too large.
  if declared = 'timestamp' and l ->> 'kind' = 'integer' then is_plain := false; end if;
  if coalesce(is_plain, false) then
    raw := format(case when has_default then 'coalesce(%1$s%3$s = %2$s, false)' else '%1$s%3$s is not distinct from %2$s' end, l ->> 'x', n ->> 'x', collated);
    if (l ->> 'array')::boolean then raw := format('%s and coalesce(array_ndims(%s), 1) = 1', raw, l ->> 'x'); end if;
  end if;

  same := format('(%s) is not distinct from (%s)', l ->> 'value', n ->> 'value');
  if tolerance is not null and declared = 'number' then
    same := format('case when (%1$s) is null or (%2$s) is null or (%1$s) = (%2$s) then %3$s else abs((%1$s) - (%2$s)) <= %4$L::numeric end', l ->> 'value', n ->> 'value', same, tolerance);
  elsif tolerance is not null and declared = 'timestamp' then
    same := format('case when coalesce(isfinite(%1$s) and isfinite(%2$s), false) then (%1$s) - (%2$s) between -%4$L::interval and %4$L::interval else %3$s end', l ->> 'value', n ->> 'value', same, tolerance || ' milliseconds');
  elsif declared = 'json' then
    -- As text, where two names that become one would still be two.
    same := format('%s or public.driftwatch_rows_text((%s)::pg_catalog.text) = public.driftwatch_rows_text((%s)::pg_catalog.text)', same, l ->> 'value', n ->> 'value');
  end if;
  if readable <> '' then same := format('case when %s then false else %s end', readable, same); end if;
  return case when raw is null then format('(%s)', same) else format('(%s or (%s))', raw, same) end;
end
$$;

-- In which orders of the key's parts an index of one side has the rows of the part that is asked for: places, as in `orders`. The planner is
-- asked, which knows one expression in another spelling. It explains nothing for a function that promises to write nothing.
create or replace function public.driftwatch_rows_held(spec jsonb, side_name text) returns jsonb
language plpgsql volatile
set search_path = ''
set jit = off
set max_parallel_workers_per_gather = 0
set random_page_cost = 0
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
as $$
declare
  side constant pg_catalog.jsonb := public.driftwatch_rows_side(spec, side_name);
  places pg_catalog.jsonb;
  planned pg_catalog.jsonb;
  held pg_catalog.jsonb := '[]';
begin
  for places in select distinct p from jsonb_array_elements(side -> 'held') as p loop
    execute format('explain (format json) select from %s as %s where %s order by %s', side ->> 'table', side ->> 'alias', public.driftwatch_rows_part(side),
      (select string_agg(side -> 'key' -> place::int ->> 'x', ', ' order by at) from jsonb_array_elements(places) with ordinality as p(place, at)))
      into planned;
    -- At the top, and so in this order; there is nothing but the part to make a condition of.
    if planned -> 0 -> 'Plan' ? 'Index Cond' then held := held || jsonb_build_array(places); end if;
  end loop;
  return held;
end
$$;

-- The statement that creates such an index.
create or replace function public.driftwatch_rows_index(spec jsonb, side_name text, places jsonb) returns text
language plpgsql stable
set search_path = ''
as $$
declare
  side constant pg_catalog.jsonb := public.driftwatch_rows_side(spec || jsonb_build_object('alias', quote_ident(spec -> side_name ->> 'table')), side_name);
begin
  return format('create index concurrently on %s ((%s), %s)', side ->> 'table', public.driftwatch_rows_part_number(side), (
    select string_agg(format('%I', side -> 'key' -> place ->> 'column'), ', ' order by at)
    from (
      select p::int as place, at from jsonb_array_elements(places) with ordinality as p(p, at)
      union all select place, jsonb_array_length(places) + place + 1 from generate_series(0, jsonb_array_length(side -> 'key') - 1) as place where not places @> to_jsonb(place)
    ) as ordered
  ));
end
$$;

-- What keeps the database from comparing an entity, and how it can be done.
--
-- only_side: `legacy` or `normalized` where the other one is in another project.
-- returns {
--   problems, strange: as of `driftwatch_rows_side`;
--   order: places of the key's parts by which both sides can be walked; null where no index serves;
--   key: [{ side, table, columns: [declared …] }], for an index that is missing;
--   rows: { legacy, normalized }: about how many there are;
--   keyless: whether rows may have no key;
--   pages: { legacy, normalized }: how many there are, where pages are better parts than ranges of keys; else null;
--   now: the first transaction of which it is not known whether it will be;
--   sorted: how the parts of the key are sorted, the same text where it is in the same way;
--   parted: whether `part` of the spec, { index, of }, can be told here;
--   part: where the spec has one that can be, { order, indexes }: by which places of the key's parts its rows can be walked, as `order` of
--     `part` says it from then on, or null and the statements that create what is missing
-- }
create or replace function public.driftwatch_rows_plan(spec text, only_side text default null) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  parsed constant pg_catalog.jsonb := spec::pg_catalog.jsonb - 'part';
  of_part constant pg_catalog.jsonb := spec;
  legacy pg_catalog.jsonb;
  normalized pg_catalog.jsonb;
  strange pg_catalog.jsonb;
  is_parted boolean;
  walked pg_catalog.jsonb;
  legacy_held pg_catalog.jsonb;
  normalized_held pg_catalog.jsonb;
  held pg_catalog.jsonb;
  walked_part pg_catalog.jsonb;
  part pg_catalog.jsonb;
begin
  if only_side is distinct from 'normalized' then legacy := public.driftwatch_rows_side(parsed, 'legacy'); end if;
  if only_side is distinct from 'legacy' then normalized := public.driftwatch_rows_side(parsed, 'normalized'); end if;
  strange := coalesce(legacy -> 'strange', '[]') || coalesce(normalized -> 'strange', '[]');
  if legacy is not null and normalized is not null then
    select strange || coalesce(jsonb_agg(jsonb_build_object('side', 'normalized', 'table', normalized -> 'name', 'column', n.part -> 'column',
        'reason', format('is part of the key and holds %s, where the legacy column %s holds %s', n.part ->> 'base', l.part ->> 'column', l.part ->> 'base'))), '[]')
      into strange
    from jsonb_array_elements(legacy -> 'key') as l(part) join jsonb_array_elements(normalized -> 'key') as n(part) on n.part -> 'place' = l.part -> 'place'
    where not (
      l.part -> 'collation' = n.part -> 'collation' and (
        l.part -> 'oid' = n.part -> 'oid' or l.part ->> 'kind' = 'integer' and n.part ->> 'kind' = 'integer'
        or l.part ->> 'base' in ('text', 'character varying') and n.part ->> 'base' in ('text', 'character varying')
      )
    );
  end if;
  walked := public.driftwatch_rows_order(coalesce(legacy, normalized), coalesce(normalized, legacy));
  -- A machine that writes the highest byte of a number first would have another hash.
  is_parted := hashtext('driftwatch' collate "C") = 706739938 and coalesce(coalesce(legacy, normalized) ->> 'meaning', '') <> '' and coalesce(coalesce(normalized, legacy) ->> 'meaning', '') <> '';
  if is_parted and walked is not null and of_part ? 'part' then
    if legacy is not null then legacy_held := jsonb_build_object('orders', public.driftwatch_rows_held(of_part, 'legacy')); end if;
    if normalized is not null then normalized_held := jsonb_build_object('orders', public.driftwatch_rows_held(of_part, 'normalized')); end if;
    held := public.driftwatch_rows_order(coalesce(legacy_held, normalized_held), coalesce(normalized_held, legacy_held));
    -- An index that is there on one side only says in which order the other one has to be.
    walked_part := coalesce(public.driftwatch_rows_order(legacy_held, legacy_held), public.driftwatch_rows_order(normalized_held, normalized_held), walked);
    part := jsonb_build_object('order', held, 'indexes', (
      select coalesce(jsonb_agg(statement), '[]')
      from (values ('legacy', legacy_held -> 'orders'), ('normalized', normalized_held -> 'orders')) as s(side_name, orders)
      cross join lateral public.driftwatch_rows_index(of_part, s.side_name, walked_part) as statement
      -- None helps where it would leave out no row, or where the other side can have none.
      where held is null and (of_part -> 'part' ->> 'of')::int > 1 and coalesce((legacy ->> 'paged')::boolean, true) and coalesce((normalized ->> 'paged')::boolean, true)
        and s.orders is not null and not exists (select from jsonb_array_elements(s.orders) as o(places) where places -> 0 = walked_part -> 0)
    ));
  end if;
  return jsonb_build_object(
    'problems', coalesce(legacy -> 'problems', '[]') || coalesce(normalized -> 'problems', '[]'),
    'strange', strange,
    'order', walked,
    'key', (
      select jsonb_agg(jsonb_build_object('side', s.name, 'table', s.side -> 'name', 'is_table', s.side -> 'is_table', 'columns', (select coalesce(jsonb_agg(k -> 'column'), '[]') from jsonb_array_elements(s.side -> 'key') as k)))
      from (values ('legacy', legacy), ('normalized', normalized)) as s(name, side) where s.side ? 'key'
    ),
    'rows', jsonb_build_object('legacy', coalesce(legacy -> 'rows', '0'), 'normalized', coalesce(normalized -> 'rows', '0')),
    'keyless', legacy ->> 'keyless' is not null or normalized ->> 'keyless' is not null,
    -- Where keys say little about where rows lie, pages are the better parts; a key that is there twice would be missed in them.
    'pages', case when (legacy ->> 'unique')::boolean and (normalized ->> 'unique')::boolean and (legacy ->> 'paged')::boolean and (normalized ->> 'paged')::boolean
        and exists (
          select from (values ('legacy', legacy), ('normalized', normalized)) as one(name, side)
          left join pg_catalog.pg_stats s on s.schemaname = parsed -> one.name ->> 'schema' and s.tablename = one.side ->> 'name'
            and s.attname = one.side -> 'key' -> 0 ->> 'column' and not s.inherited
          where s.correlation is null or abs(s.correlation) < 0.8
        )
      then jsonb_build_object('legacy', legacy -> 'pages', 'normalized', normalized -> 'pages') end,
    'parted', is_parted,
    'part', part,
    'now', pg_snapshot_xmin(pg_current_snapshot())::pg_catalog.text::numeric % 4294967296,
    'sorted', (
      select string_agg(concat_ws(' ', k ->> 'cast', (
        -- The default collation is the database's own.
        -- As JSON, since not every version of Postgres has these columns under these names. Of one row only: there are hundreds.
        select case when c.oid = 100 then concat_ws('/', d.row ->> 'datlocprovider', d.row ->> 'datcollate', coalesce(d.row ->> 'datlocale', d.row ->> 'daticulocale'), d.row ->> 'datcollversion')
          else concat_ws('/', c.row ->> 'collprovider', c.row ->> 'collcollate', coalesce(c.row ->> 'colllocale', c.row ->> 'colliculocale'), c.row ->> 'collversion') end
        from (select oid, to_jsonb(c) as row from pg_catalog.pg_collation c) as c, (select to_jsonb(d) as row from pg_catalog.pg_database d where d.datname = current_database()) as d
        where c.oid = (k ->> 'collation')::pg_catalog.oid
      )), ', ') from jsonb_array_elements(coalesce(legacy, normalized) -> 'key') as k
    )
  );
end
$$;

-- Positions between which there are about `size` rows of one side or the other, in the order of the key: at most `count` of each
-- side after one position.
-- returns { bounds: [[text …] …], next: whether there are more after the last one }
create or replace function public.driftwatch_rows_bounds(spec text, after text default null, size int default 1000, count int default 100, only_side text default null) returns jsonb
language plpgsql stable
set search_path = ''
set datestyle = 'ISO, YMD'
set timezone = 'UTC'
set bytea_output = 'hex'
set extra_float_digits = 1
set jit = off
set max_parallel_workers_per_gather = 0
set work_mem = '32MB'
set enable_seqscan = off
set enable_bitmapscan = off
as $$
declare
  parsed constant pg_catalog.jsonb := spec;
  sides pg_catalog.jsonb[];
  side pg_catalog.jsonb;
  places pg_catalog.jsonb;
  columns pg_catalog.text;
  names pg_catalog.text;
  walks pg_catalog.text[] := '{}';
  walked pg_catalog.text[] := '{}';
  result pg_catalog.jsonb;
begin
  if only_side is distinct from 'normalized' then sides := sides || public.driftwatch_rows_side(parsed, 'legacy'); end if;
  if only_side is distinct from 'legacy' then sides := sides || public.driftwatch_rows_side(parsed, 'normalized'); end if;
  places := public.driftwatch_rows_order(sides[1], sides[cardinality(sides)]);
  if places is null then return null; end if;
  -- The planner takes the rows of a part to lie anywhere, and would sooner walk the index of all.
  if parsed -> 'part' ? 'order' then perform set_config('random_page_cost', '0', true); end if;

  select string_agg(format('k%s', at), ', ' order by at) into names from jsonb_array_elements(places) with ordinality as p(place, at);
  foreach side in array sides loop
    select string_agg(format('%s as k%s', side -> 'key' -> place::int ->> 'x', at), ', ' order by at) into columns from jsonb_array_elements(places) with ordinality as p(place, at);
    walks := walks || format(
      '%1$s as (select 1 as step, k.* from (select %2$s from %3$s as %4$s where %5$s order by %6$s offset %7$s limit 1) as k'
        || ' union all select w.step + 1, k.* from %1$s as w cross join lateral (select %2$s from %3$s as %4$s where %8$s and (%9$s) > (%10$s) order by %6$s offset %7$s limit 1) as k where w.step < %11$s)',
      'walk_' || (side ->> 'alias'), columns, side ->> 'table', side ->> 'alias',
      public.driftwatch_rows_range(side || '{"scope": "true"}', places, after::pg_catalog.jsonb, null), names, size - 1,
      public.driftwatch_rows_range(side || '{"scope": "true"}', places, null, null),
      (select string_agg(side -> 'key' -> place::int ->> 'x', ', ' order by at) from jsonb_array_elements(places) with ordinality as p(place, at)),
      (select string_agg(format('w.k%s', at), ', ' order by at) from jsonb_array_elements(places) with ordinality as p(place, at)),
      count);
    walked := walked || format('walk_%s', side ->> 'alias');
  end loop;

  -- A side with more rows than were walked says how far the answer reaches.
  execute format(
    'with recursive %1$s, stop as (select %2$s from (%3$s) as ends order by %2$s limit 1)'
      || ' select jsonb_build_object(''bounds'', coalesce(jsonb_agg(jsonb_build_array(%4$s) order by %2$s), ''[]''), ''next'', exists (select from stop))'
      || ' from (%5$s) as bounds where ((%2$s) <= (select %2$s from stop)) is not false',
    array_to_string(walks, ', '), names,
    (select string_agg(format('select * from %I where step = %s', w, count), ' union all ') from unnest(walked) as w),
    (select string_agg(format('k%s::pg_catalog.text', at), ', ' order by at) from jsonb_array_elements(places) with ordinality as p(place, at)),
    (select string_agg(format('select %s from %I', names, w), ' union ') from unnest(walked) as w)
  ) into result;
  return result;
end
$$;

-- Compares the rows of both sides whose key lies after one position and not after another, on one snapshot.
--
-- after, until: positions as JSON text, an item of `bounds`; null for an open end.
-- page: how many keys are handed over at most.
-- returns {
--   legacy, normalized: rows in scope; equal: keys that are surely the same on both sides;
--   suspects: [[text …] …], the keys of everything else as they are spelled, some more than once;
--   more: whether there are more suspects than that: then nothing of the answer counts but in smaller parts
-- }
create or replace function public.driftwatch_rows_compare(spec text, after text default null, until text default null, page int default 10000) returns json
language plpgsql stable
set search_path = ''
set datestyle = 'ISO, YMD'
set timezone = 'UTC'
set bytea_output = 'hex'
set extra_float_digits = 1
set jit = off
set max_parallel_workers_per_gather = 0
set work_mem = '32MB'
as $$
declare
  parsed constant pg_catalog.jsonb := spec;
  legacy constant pg_catalog.jsonb := public.driftwatch_rows_side(parsed, 'legacy');
  normalized constant pg_catalog.jsonb := public.driftwatch_rows_side(parsed, 'normalized');
  sides constant pg_catalog.jsonb[] := array[legacy, normalized];
  places constant pg_catalog.jsonb := public.driftwatch_rows_order(legacy, normalized);
  side pg_catalog.jsonb;
  joined pg_catalog.text;
  suspect pg_catalog.text;
  key pg_catalog.text;
  counts pg_catalog.text[] := '{}';
  sources pg_catalog.text[] := '{}';
  twice pg_catalog.text[] := '{}';
  source pg_catalog.text;
  result json;
begin
  if places is null then return null; end if;
  -- Each page once, however many of its rows are in the part. An index that has only the key would look at the rows of all parts.
  if parsed -> 'part' ? 'order' then perform set_config('enable_indexscan', 'off', true); end if;

  select string_agg(format('%s = %s', l -> 'x' #>> '{}', normalized -> 'key' -> (at - 1)::int ->> 'x'), ' and '), string_agg(format('coalesce(%s::pg_catalog.text, %s::pg_catalog.text)', l ->> 'x', normalized -> 'key' -> (at - 1)::int ->> 'x'), ', ' order by at)
    into joined, key from jsonb_array_elements(legacy -> 'key') with ordinality as k(l, at);

  foreach side in array sides loop
    source := format('%s as %s where %s', side ->> 'table', side ->> 'alias', public.driftwatch_rows_range(side, places, after::pg_catalog.jsonb, until::pg_catalog.jsonb));
    sources := sources || format('(select true as driftwatch_is_here, %s from %s) as %s', side ->> 'columns', source, side ->> 'alias');
    -- A join shows a row as often as the other side has its key.
    counts := counts || case when (case side ->> 'alias' when 'l' then normalized else legacy end ->> 'unique')::boolean
      then format('count(%s.driftwatch_is_here)', side ->> 'alias') else format('(select count(*) from %s)', source) end;
    if not (side ->> 'unique')::boolean then
      twice := twice || format('(%1$s) in (select %1$s from %2$s group by %1$s having count(*) > 1)', (select string_agg(k ->> 'x', ', ') from jsonb_array_elements(side -> 'key') as k), source);
    end if;
  end loop;

  select concat_ws(' or ', 'l.driftwatch_is_here is null', 'n.driftwatch_is_here is null', nullif(legacy ->> 'odd', 'false'),
      (select string_agg(t, ' or ') from unnest(twice) as t),
      (select format('(%s) is not true', string_agg(public.driftwatch_rows_equal(f, legacy -> 'fields' -> (at - 1)::int, normalized -> 'fields' -> (at - 1)::int), ' and ' order by at))
        from jsonb_array_elements(parsed -> 'fields') with ordinality as fields(f, at) having count(*) > 0))
    into suspect;

  execute format(
    'select json_build_object(''legacy'', legacy, ''normalized'', normalized, ''equal'', met - coalesce(cardinality(suspects), 0),'
      || ' ''suspects'', coalesce(to_json(suspects[1:%1$s]), ''[]''), ''more'', coalesce(cardinality(suspects) > %1$s, false))'
      || ' from (select count(*) as met, %2$s as legacy, %3$s as normalized, array_agg(json_build_array(%4$s)) filter (where %5$s) as suspects from %6$s full join %7$s on %8$s) as compared',
    page, counts[1], counts[2], key, suspect, sources[1], sources[2], joined
  ) into result;
  return result;
end
$$;

-- The rows that lie in some pages of one side, each with the row of its key on the other side: where keys have nothing to do with where rows
-- lie, this reads each page once, and a range of keys would read nearly all of them. Of the normalized side it only looks for
-- keys that the legacy side does not have.
--
-- side: `legacy` or `normalized`. first, until: pages, the second one excluded; null for an open end.
-- met_only: whether to hand over only rows that the other side has as well, since something else tells which it does not have.
-- returns { rows: of this side in scope; met: those that the other side has in scope; equal, suspects, more: as `driftwatch_rows_compare` does, of
--   the legacy side }
drop function if exists public.driftwatch_rows_pages(text, text, int, int, int);
create or replace function public.driftwatch_rows_pages(spec text, side text, first int, until int default null, page int default 10000, met_only boolean default false) returns json
language plpgsql stable
set search_path = ''
set datestyle = 'ISO, YMD'
set timezone = 'UTC'
set bytea_output = 'hex'
set extra_float_digits = 1
set jit = off
set max_parallel_workers_per_gather = 0
set work_mem = '32MB'
as $$
declare
  parsed constant pg_catalog.jsonb := spec;
  legacy constant pg_catalog.jsonb := public.driftwatch_rows_side(parsed, 'legacy');
  normalized constant pg_catalog.jsonb := public.driftwatch_rows_side(parsed, 'normalized');
  one constant pg_catalog.jsonb := case side when 'legacy' then legacy else normalized end;
  other constant pg_catalog.jsonb := case side when 'legacy' then normalized else legacy end;
  met pg_catalog.text;
  key pg_catalog.text;
  suspect pg_catalog.text;
  result json;
begin
  if public.driftwatch_rows_order(legacy, normalized) is null then return null; end if;
  select string_agg(format('%s = %s', k ->> 'x', other -> 'key' -> (at - 1)::int ->> 'x'), ' and '), string_agg(format('%s::pg_catalog.text', k ->> 'x'), ', ' order by at)
    into met, key from jsonb_array_elements(one -> 'key') with ordinality as p(k, at);
  met := format('select %s from %s as %s where %s and %s', case side when 'legacy' then format('true as driftwatch_is_here, %s', other ->> 'columns') else 'true as driftwatch_is_here' end,
    other ->> 'table', other ->> 'alias', met, other ->> 'scope');
  suspect := 'other.driftwatch_is_here is null';
  if side = 'legacy' then
    select concat_ws(' or ', 'n.driftwatch_is_here is null', nullif(legacy ->> 'odd', 'false'),
        (select format('(%s) is not true', string_agg(public.driftwatch_rows_equal(f, legacy -> 'fields' -> (at - 1)::int, normalized -> 'fields' -> (at - 1)::int), ' and ' order by at))
          from jsonb_array_elements(parsed -> 'fields') with ordinality as fields(f, at) having count(*) > 0))
      into suspect;
    if met_only then suspect := format('n.driftwatch_is_here and (%s)', suspect); end if;
  end if;
  execute format(
    'select json_build_object(''rows'', rows, ''met'', met, ''equal'', %12$s - coalesce(cardinality(suspects), 0),'
      || ' ''suspects'', coalesce(to_json(suspects[1:%1$s]), ''[]''), ''more'', coalesce(cardinality(suspects) > %1$s, false))'
      || ' from (select count(*) as rows, count(%2$s.driftwatch_is_here) as met, array_agg(json_build_array(%3$s)) filter (where %4$s) as suspects'
      || ' from %5$s as %6$s left join lateral (%7$s offset 0) as %2$s on true'
      || ' where %6$s.ctid >= ''(%8$s,0)''%9$s and %10$s and %11$s) as compared',
    page, case side when 'legacy' then 'n' else 'other' end, key, suspect, one ->> 'table', one ->> 'alias', met,
    first, case when until is not null then format(' and %s.ctid < ''(%s,0)''', one ->> 'alias', until) end,
    case when one ->> 'keyless' is null then 'true' else format('not (%s)', one ->> 'keyless') end, format('%s and %s', one ->> 'scope', public.driftwatch_rows_part(one)),
    case when met_only then 'met' else 'rows' end
  ) into result;
  return result;
end
$$;

-- Keys of rows in some pages of one side that were written after a transaction: a row that was saved anew while pages were read may have
-- moved from a page to come into one that had been read.
--
-- since: `now` of `driftwatch_rows_plan`.
-- returns { suspects, more }
create or replace function public.driftwatch_rows_written(spec text, side text, since text, first int, until int default null, page int default 10000) returns json
language plpgsql stable
set search_path = ''
set jit = off
set max_parallel_workers_per_gather = 0
as $$
declare
  one constant pg_catalog.jsonb := public.driftwatch_rows_side(spec::pg_catalog.jsonb, side);
  result json;
begin
  if jsonb_array_length(one -> 'problems') > 0 or jsonb_array_length(one -> 'strange') > 0 then return null; end if;
  -- Nothing at all was.
  if pg_snapshot_xmax(pg_current_snapshot())::pg_catalog.text::numeric % 4294967296 = since::numeric then return '{"suspects": [], "more": false}'; end if;
  execute format(
    'select json_build_object(''suspects'', coalesce(to_json(suspects[1:%1$s]), ''[]''), ''more'', coalesce(cardinality(suspects) > %1$s, false))'
      || ' from (select array_agg(json_build_array(%2$s)) as suspects from %3$s as %4$s where %4$s.ctid >= ''(%5$s,0)''%6$s and age(%4$s.xmin) <= age(%7$L::xid) and %8$s) as written',
    page, (select string_agg(format('%s::pg_catalog.text', k ->> 'x'), ', ' order by at) from jsonb_array_elements(one -> 'key') with ordinality as p(k, at)),
    one ->> 'table', one ->> 'alias', first, case when until is not null then format(' and %s.ctid < ''(%s,0)''', one ->> 'alias', until) end,
    since, case when one ->> 'keyless' is null then 'true' else format('not (%s)', one ->> 'keyless') end
  ) into result;
  return result;
end
$$;

-- Both sides of some rows as they are, whether in scope or not, on one snapshot.
--
-- keys: JSON text, [[text …] …], as `suspects` has them. A text that no value of the column is finds nothing.
-- only_side: `legacy` or `normalized`, where only one of them is asked for.
-- returns { legacy: [text …], normalized: [text …] }: rows as JSON text, so that no parser rounds their numbers
create or replace function public.driftwatch_rows_read(spec text, keys text, only_side text default null) returns json
language plpgsql stable
set search_path = ''
set datestyle = 'ISO, YMD'
set timezone = 'UTC'
set bytea_output = 'hex'
set extra_float_digits = 1
set jit = off
set max_parallel_workers_per_gather = 0
set work_mem = '32MB'
as $$
declare
  parsed constant pg_catalog.jsonb := spec;
  side pg_catalog.jsonb;
  side_name pg_catalog.text;
  found pg_catalog.text[] := array['''[]''::json', '''[]''::json'];
  result json;
  count int;
  halves pg_catalog.jsonb;
begin
  foreach side_name in array array['legacy', 'normalized'] loop
    continue when only_side <> side_name;
    side := public.driftwatch_rows_side(parsed, side_name);
    if jsonb_array_length(side -> 'problems') > 0 or jsonb_array_length(side -> 'strange') > 0 then return null; end if;
    found[case side_name when 'legacy' then 1 else 2 end] := format(
      '(select coalesce(json_agg(to_json((select r from (select %1$s) as r))::pg_catalog.text), ''[]'') from (select distinct %2$s from jsonb_array_elements(%3$L::pg_catalog.jsonb) as asked(k)) as a join %4$s as %5$s on %6$s)',
      (select string_agg(format('%s.%I', side ->> 'alias', n), ', ') from jsonb_array_elements_text(side -> 'names') as n),
      (select string_agg(format('(k ->> %s)::%s as k%1$s', at - 1, k ->> 'cast'), ', ' order by at) from jsonb_array_elements(side -> 'key') with ordinality as p(k, at)),
      keys, side ->> 'table', side ->> 'alias',
      (select string_agg(format('%s = a.k%s', k ->> 'x', at - 1), ' and ' order by at) from jsonb_array_elements(side -> 'key') with ordinality as p(k, at))
    );
  end loop;
  execute format('select json_build_object(''legacy'', %s, ''normalized'', %s)', found[1], found[2]) into result;
  return result;
exception when data_exception then
  -- One of them is a key that the column cannot hold.
  count := jsonb_array_length(keys::pg_catalog.jsonb);
  if count <= 1 then return json_build_object('legacy', '[]'::json, 'normalized', '[]'::json); end if;
  select jsonb_build_object('legacy', a.a -> 'legacy' || (b.b -> 'legacy'), 'normalized', a.a -> 'normalized' || (b.b -> 'normalized')) into halves
  from (select public.driftwatch_rows_read(spec, jsonb_path_query_array(keys::pg_catalog.jsonb, '$[0 to $last]', jsonb_build_object('last', count / 2 - 1))::pg_catalog.text, only_side)::pg_catalog.jsonb as a) as a,
    (select public.driftwatch_rows_read(spec, jsonb_path_query_array(keys::pg_catalog.jsonb, '$[$first to last]', jsonb_build_object('first', count / 2))::pg_catalog.text, only_side)::pg_catalog.jsonb as b) as b;
  return halves;
end
$$;

-- Rows in scope of which a part of the key is null, as JSON text.
-- returns { legacy: { rows, found: [text …] }, normalized: { rows, found } }, with at most `page` found of each
create or replace function public.driftwatch_rows_keyless(spec text, page int default 10000, only_side text default null) returns json
language plpgsql stable
set search_path = ''
set datestyle = 'ISO, YMD'
set timezone = 'UTC'
set bytea_output = 'hex'
set extra_float_digits = 1
set jit = off
set max_parallel_workers_per_gather = 0
set work_mem = '32MB'
as $$
declare
  parsed constant pg_catalog.jsonb := spec;
  side pg_catalog.jsonb;
  side_name pg_catalog.text;
  found pg_catalog.text[] := array_fill('json_build_object(''rows'', 0, ''found'', ''[]''::json)'::pg_catalog.text, array[2]);
  source pg_catalog.text;
  result json;
begin
  foreach side_name in array array['legacy', 'normalized'] loop
    continue when only_side <> side_name;
    side := public.driftwatch_rows_side(parsed, side_name);
    if jsonb_array_length(side -> 'problems') > 0 or jsonb_array_length(side -> 'strange') > 0 then return null; end if;
    continue when side ->> 'keyless' is null;
    source := format('%s as %s where (%s) and %s', side ->> 'table', side ->> 'alias', side ->> 'keyless', side ->> 'scope');
    found[case side_name when 'legacy' then 1 else 2 end] := format(
      'json_build_object(''rows'', (select count(*) from %1$s), ''found'', (select coalesce(json_agg(t), ''[]'') from (select to_json((select r from (select %2$s) as r))::pg_catalog.text as t from %1$s order by 1 limit %3$s) as rows))',
      source, (select string_agg(format('%s.%I', side ->> 'alias', n), ', ') from jsonb_array_elements_text(side -> 'names') as n), page
    );
  end loop;
  execute format('select json_build_object(''legacy'', %s, ''normalized'', %s)', found[1], found[2]) into result;
  return result;
end
$$;

-- The rows of one side whose key lies after one position and not after another: of each its key, a number made of what the key means,
-- and a digest of what is compared, as a statement. A row that only the action can read is like none of the other side.
--
-- Digests are of values as Postgres sends them in binary, which every version makes alike and which costs less than their text.
--
-- is_rough: text and JSON as they are stored, for less. Two rows that share a rough digest share the other one.
drop function if exists public.driftwatch_rows_digested(jsonb, text, jsonb, jsonb);
create or replace function public.driftwatch_rows_digested(parsed jsonb, side_name text, after jsonb, until jsonb, is_rough boolean) returns text
language plpgsql stable
set search_path = ''
as $$
declare
  side constant pg_catalog.jsonb := public.driftwatch_rows_side(
    case when is_rough then parsed || jsonb_build_object('fields', (select coalesce(jsonb_agg(jsonb_set(f, '{type,rough}', 'true')), '[]') from jsonb_array_elements(parsed -> 'fields') as f)) else parsed end, side_name);
  -- In the order of the positions: the two sides' common one, where `order` of the spec says which that is.
  places constant pg_catalog.jsonb := coalesce(parsed -> 'order', public.driftwatch_rows_order(side, side));
  meant pg_catalog.text;
  compared pg_catalog.text;
  unreadable pg_catalog.text;
begin
  if places is null then return null; end if;
  -- Each page once, however many of its rows are in the part. An index that has only the key would look at the rows of all parts.
  if parsed -> 'part' ? 'order' then perform set_config('enable_indexscan', 'off', true); end if;
  -- Each value is cast to its base type: a record is sent with the types of its values, and a domain has another one in each project.
  select string_agg(format(case when k ->> 'domain' = 'numeric' and k ->> 'kind' <> 'integer' then 'trim_scale(%s)' else '(%s)::%s' end, k ->> 'value', k ->> 'domain'), ', ' order by at)
    into meant from jsonb_array_elements(side -> 'key') with ordinality as p(k, at);
  select string_agg(
      case
        when f ->> 'domain' = 'numeric' and f ->> 'kind' <> 'integer' then format('trim_scale(%s)', f ->> 'value')
        when f ->> 'domain' = 'numeric[]' then format('case when (%1$s) is not null then array(select trim_scale(e) from unnest(%1$s) with ordinality as u(e, i) order by i) end', f ->> 'value')
        when f ->> 'domain' = 'jsonb' and not is_rough then format('public.driftwatch_rows_text((%s)::pg_catalog.text)', f ->> 'value')
        else format('(%s)::%s', f ->> 'value', f ->> 'domain')
      end, ', ' order by at),
    concat_ws(' or ', string_agg(nullif(f ->> 'bad', 'false'), ' or '), nullif(side ->> 'odd', 'false'),
      -- Which of two rows with one key is the counterpart of which, only the action tells.
      case when not (side ->> 'unique')::boolean then format('(%1$s) in (select %1$s from %2$s as %3$s where %4$s group by %1$s having count(*) > 1)',
        (select string_agg(k ->> 'x', ', ') from jsonb_array_elements(side -> 'key') as k), side ->> 'table', side ->> 'alias', public.driftwatch_rows_range(side, places, after, until)) end)
    into compared, unreadable
    from jsonb_array_elements(side -> 'fields') with ordinality as fields(f, at);
  return format('select json_build_array(%s) as key, hashtext(row(%s)::pg_catalog.text collate "C") & 2147483647 as number, sha256(record_send(row(%s))) as digest from %s as %s where %s offset 0',
    (select string_agg(format('%s::pg_catalog.text', k ->> 'x'), ', ' order by at) from jsonb_array_elements(side -> 'key') with ordinality as p(k, at)), meant,
    -- With the key, so that two rows cannot change places; with what nobody knew when they wrote them, so that none could be made to look like another.
    concat_ws(', ', format('%L::pg_catalog.text', coalesce(parsed ->> 'salt', '')), meant, compared, format('case when %s then %L::pg_catalog.text end', coalesce(nullif(unreadable, ''), 'false'), side_name)),
    side ->> 'table', side ->> 'alias', public.driftwatch_rows_range(side, places, after, until));
end
$$;

-- Digests of one side for a comparison with another project: rows in buckets by a hash of what their key means, in any order. They are
-- rough ones, unless the spec has `exact`: where both sides often store one value in two ways, rough ones tell little.
-- returns [[bucket, rows, text] …], without empty ones
create or replace function public.driftwatch_rows_buckets(spec text, side text, after text default null, until text default null, buckets int default 64) returns json
language plpgsql stable
set search_path = ''
set datestyle = 'ISO, YMD'
set timezone = 'UTC'
set bytea_output = 'hex'
set extra_float_digits = 1
set jit = off
set max_parallel_workers_per_gather = 0
set work_mem = '32MB'
as $$
declare
  parsed constant pg_catalog.jsonb := spec;
  source constant pg_catalog.text := public.driftwatch_rows_digested(parsed, side, after::pg_catalog.jsonb, until::pg_catalog.jsonb, not coalesce((parsed ->> 'exact')::boolean, false));
  result json;
begin
  if source is null then return null; end if;
  execute format(
    'select coalesce(json_agg(json_build_array(bucket, rows, digest) order by bucket), ''[]'') from ('
      || 'select number %% %s as bucket, count(*) as rows, encode(sha256(string_agg(digest, '''' order by digest)), ''hex'') as digest'
      || ' from (%s) as digested group by 1) as bucketed', buckets, source
  ) into result;
  return result;
end
$$;

-- The rows of some of those buckets: [[key, digest] …], the key as in `suspects`.
--
-- wanted: buckets, as an array in the notation of Postgres.
create or replace function public.driftwatch_rows_digests(spec text, side text, wanted text, after text default null, until text default null, buckets int default 64) returns json
language plpgsql stable
set search_path = ''
set datestyle = 'ISO, YMD'
set timezone = 'UTC'
set bytea_output = 'hex'
set extra_float_digits = 1
set jit = off
set max_parallel_workers_per_gather = 0
set work_mem = '32MB'
as $$
declare
  source constant pg_catalog.text := public.driftwatch_rows_digested(spec::pg_catalog.jsonb, side, after::pg_catalog.jsonb, until::pg_catalog.jsonb, false);
  result json;
begin
  if source is null then return null; end if;
  execute format(
    'select coalesce(json_agg(json_build_array(key, encode(digest, ''hex''))), ''[]'') from (%s) as digested where number %% %s = any(%L::int[])',
    source, buckets, wanted
  ) into result;
  return result;
end
$$;

-- PUBLIC may execute a new function, and Supabase's default privileges grant more by name.
do $$
declare
  made pg_catalog.regprocedure;
  role pg_catalog.text;
begin
  for made in select oid::pg_catalog.regprocedure from pg_proc where pronamespace = 'public'::pg_catalog.regnamespace and proname like 'driftwatch\_rows\_%' loop
    execute format('revoke all on function %s from public', made);
    foreach role in array array['anon', 'authenticated', 'service_role'] loop
      if exists (select from pg_roles where rolname = role) then
        execute format('revoke all on function %s from %I', made, role);
        if role = 'service_role' then execute format('grant execute on function %s to %I', made, role); end if;
      end if;
    end loop;
  end loop;
end $$;
