import * as z from 'zod/mini';
import { maxRules, ruleSchema } from '../../known-drift/rule.ts';
import { scalarTypes, typeNames } from './types.ts';

/**
 * The schema of `.github/driftwatch.yml`, for the action and, as JSON schema, for editors. Whether parts fit together (a store that is not
 * declared, a segment that no path binds) is checked separately.
 */

const text = (what: string) => {
  const error = `must be ${what}`;
  return z.string({ error }).check(z.minLength(1, { error }), z.maxLength(1000, { error }));
};

const oneOf = <const T extends readonly [string, ...string[]]>(options: T) => z.enum(options, { error: `must be one of ${options.join(', ')}` });
const flag = z.boolean({ error: 'must be true or false' });

export const namePattern = /^[a-z][a-z0-9_-]{0,62}$/;
const name = z.string().check(z.regex(namePattern));

const nameError = 'a name starts with a lowercase letter, followed by lowercase letters, digits, _ and -, up to 63 characters. Choose another one';
export const takenNames: readonly string[] = ['supabase', 'habit-tracker'];

/** Members under names that the file chooses; at least one. */
const several = <T extends z.ZodMiniType>(member: T, error: string) =>
  z.record(name, member, { error: (issue) => (issue.code === 'invalid_key' ? nameError : error) }).check(
    z.refine((members) => Object.keys(members).length > 0, { error }),
    z.meta({ minProperties: 1 }),
  );

const url = text('an address, or the name of a variable that holds it, such as $SUPABASE_URL');
const secret = text('the name of a variable that holds it, such as $SUPABASE_KEY. Secrets are never written out').check(z.meta({ pattern: '^\\$' }));
const credentials = {
  credentials: z.optional(secret).check(z.describe('A service account or external account as JSON, in a variable: $FIREBASE_CREDENTIALS')),
  'access-token': z.optional(secret).check(z.describe('A ready token, in a variable: $FIREBASE_TOKEN')),
};

const storeError = 'must be a store: { type: supabase, url: …, key: … }, { type: firestore, project: … } or { type: realtime-database, url: … }';

const store = z.discriminatedUnion(
  'type',
  [
    z.strictObject({ type: z.literal('supabase'), url, key: secret, schema: z.optional(text('the name of a schema, such as public')) }),
    z.strictObject({
      type: z.literal('firestore'),
      project: text('the id of a project in Google Cloud'),
      database: z.optional(text('the id of a database, such as (default)')),
      ...credentials,
    }),
    z.strictObject({ type: z.literal('realtime-database'), url, ...credentials }),
  ],
  { error: storeError },
);

const source = text('where a value comes from: a field such as author.id, or a segment such as "{board_id}", in quotes');
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()], { error: 'must be text, a number, true, false or null' });
const unit = oneOf(['s', 'ms']);

const lineError = 'must be the field that the column comes from, or { from: …, type: … }';
const line = z.strictObject(
  {
    from: z.optional(source).check(z.describe('A field of the legacy side, a path into maps, or a segment of its path: author.id, "{board_id}"')),
    to: z.optional(source).check(z.describe('Where the value is on the normalized side, if not in the column itself: meta.author_id')),
    type: z.optional(oneOf(typeNames)).check(z.describe('How the values are compared; by default, by the type of the column')),
    of: z.optional(oneOf(scalarTypes)).check(z.describe('The type of the elements of a list or set')),
    trim: z.optional(flag).check(z.describe('Text: white space at both ends does not count')),
    'ignore-case': z.optional(flag).check(z.describe('Text: upper and lower case are the same')),
    'blank-is-null': z.optional(flag).check(z.describe('Text: blank text is null, on both sides')),
    tolerance: z
      .optional(z.union([z.number(), z.string()], { error: 'must be a number, or a span such as 2s' }))
      .check(z.describe('How far numbers or timestamps may be apart: 0.01, 2s')),
    precision: z.optional(oneOf(['s', 'ms', 'us'])).check(z.describe('Timestamps: finer digits are cut off')),
    unit: z.optional(unit).check(z.describe('Timestamps: what numbers count')),
    default: z.optional(z.unknown()).check(z.describe('What the normalized side should hold where the legacy field is absent or null')),
    values: z
      .optional(z.record(z.string(), scalar, { error: 'must map legacy values to normalized ones, such as { PUBLIC: public }' }))
      .check(z.describe('Normalized values by legacy ones')),
    readable: z.optional(flag).check(z.describe('Whether reports show the values')),
  },
  { error: lineError },
);

const path = text('a table, or a path such as boards/{board_id}/posts/{id}');
const condition = z.union([scalar, z.array(scalar).check(z.minLength(1, { error: 'must hold at least one value' }))], {
  error: 'must be a value, or a list of values of which any will do',
});
const conditions = z.record(z.string(), condition, { error: 'must name fields with the values that they must have' });
const ignored = z.array(text('the name of a field'), { error: 'must be a list of fields' });
const changed = z.union([source, z.strictObject({ from: source, unit: z.optional(unit) })], {
  error: 'must be a field, or { from: …, unit: ms } where it is a number',
});

const entity = z.strictObject(
  {
    legacy: z
      .union(
        [
          path,
          z
            .array(path)
            .check(
              z.minLength(1, { error: 'must hold at least one path' }),
              z.maxLength(50, { error: 'must hold at most 50 paths' }),
              z.meta({ uniqueItems: true }),
            ),
        ],
        {
          error: 'must be a table, a path such as boards/{board_id}/posts/{id}, or a list of these',
        },
      )
      .check(z.describe('Table, path, or list of paths on the legacy side')),
    normalized: path.check(z.describe('Table or path on the normalized side')),
    key: z
      .optional(
        z
          .array(text('the name of a column'), { error: 'must be a list of columns, such as [id]' })
          .check(z.minLength(1, { error: 'must hold at least one column' }), z.meta({ uniqueItems: true })),
      )
      .check(z.describe('Columns that together are unique; [id] by default')),
    fields: z
      .optional(z.record(z.string().check(z.minLength(1)), z.union([source, line], { error: lineError }), { error: 'must map columns to fields' }))
      .check(z.describe('Columns of the normalized side, each with the field that it comes from')),
    each: z.optional(text('the name of an array or map')).check(z.describe('Makes a row of every element of an array or entry of a map')),
    only: z
      .optional(
        z.strictObject(
          { legacy: z.optional(conditions), normalized: z.optional(conditions) },
          { error: 'must name a side: { legacy: { … }, normalized: { … } }' },
        ),
      )
      .check(z.describe('Which rows belong to the entity')),
    ignored: z
      .optional(
        z.strictObject({ legacy: z.optional(ignored), normalized: z.optional(ignored) }, { error: 'must name a side: { legacy: [ … ], normalized: [ … ] }' }),
      )
      .check(z.describe('Fields that need not be compared')),
    changed: z
      .optional(
        z.strictObject({ legacy: z.optional(changed), normalized: z.optional(changed) }, { error: 'must name a side: { legacy: …, normalized: … }' }).check(
          z.refine((sides) => sides.legacy !== undefined || sides.normalized !== undefined, { error: 'must name the field of one side at least' }),
          z.meta({ minProperties: 1 }),
        ),
      )
      .check(z.describe('When a row was last written')),
  },
  { error: 'must be an entity: { legacy: …, normalized: … }' },
);

const pair = z.strictObject(
  {
    legacy: text('the name of a store').check(z.describe('The store of the legacy side')),
    normalized: text('the name of a store').check(z.describe('The store of the normalized side')),
    entities: several(entity, 'must hold at least one entity').check(z.describe('Each entity is one kind of row')),
  },
  { error: 'must be a pair: { legacy: …, normalized: …, entities: … }' },
);

export const schemas = { entity, line, changed, condition, ignored };

export const fileSchema = z
  .strictObject(
    {
      stores: z
        .nullish(z.record(name, store, { error: (issue) => (issue.code === 'invalid_key' ? nameError : 'must hold stores by their names') }))
        .check(z.describe('Databases other than supabase, which the inputs supabase-url and supabase-key define')),
      pairs: z
        .nullish(z.record(name, pair, { error: (issue) => (issue.code === 'invalid_key' ? nameError : 'must hold pairs by their names') }))
        .check(z.describe('Pairs of stores that should agree')),
      accepted: z
        .nullish(z.array(ruleSchema, { error: 'must be a list of rules' }).check(z.maxLength(maxRules, { error: `must hold at most ${maxRules} rules` })))
        .check(z.describe('Differences that are accepted for now. They are counted and shown, but do not count as drift')),
    },
    { error: 'must hold stores, pairs or accepted' },
  )
  .check(z.meta({ title: 'Driftwatch', description: 'Pairs of stores that Driftwatch compares, and differences between them that it accepts' }));
