import type { Client } from './client.ts';
import type { StoredDocument } from './decode.ts';
import { collectionOf, ownCollection, patternOf, type Collection } from './paths.ts';
import { isPathOf, type Template } from '../source.ts';

/** Whether a collection group holds documents of other paths than those that are compared: then its count says too much. */
export type Strays = {
  /**
   * Whether the collection group is known to hold documents of other paths. A scan tells. Without one, it is the other
   * sources of the file that tell, and the collections of the group one after the other, each at the price of two reads:
   * where these are few, what they hold together is all that there is, or there are others among it. Of more of them, only
   * the first ones are looked at, and what comes after those on each level.
   */
  readonly has: (template: Template) => Promise<boolean>;
  /** What a scan has shown. */
  readonly seen: (template: Template, hasStrays: boolean) => void;
};

/** Collections of a group that are looked at one by one to see whether there are others among them. */
const walkedCollections = 20;

/** @param opened what is read of the database, which may become more */
export function createStrays(client: Pick<Client, 'prefix' | 'query' | 'count'>, opened: readonly Template[]): Strays {
  /** By the pattern of a path. */
  const known = new Map<string, boolean>();

  async function has(template: Template): Promise<boolean> {
    const seen = known.get(patternOf(template));
    if (seen !== undefined) return seen;
    const collection = ownCollection(template);
    if (opened.some((other) => collectionOf(other) === collection.id && patternOf(other) !== patternOf(template))) return true;
    const found = await look(template, collection);
    known.set(patternOf(template), found);
    return found;
  }

  async function look(template: Template, collection: Collection): Promise<boolean> {
    let readTime: string | undefined;
    const next = async (after?: string): Promise<StoredDocument | undefined> => {
      const page = await client.query({ collection, limit: 1, ...(after !== undefined && { after: [{ referenceValue: client.prefix + after }] }) }, readTime);
      ({ readTime } = page);
      return page.documents[0];
    };
    const isStray = (document: StoredDocument | undefined): boolean => document !== undefined && !isPathOf(template, document.path);
    const inOrder: string[] = [];
    let document = await next();
    while (document !== undefined && inOrder.length < walkedCollections) {
      if (isStray(document)) return true;
      inOrder.push(document.path);
      document = await next(endOf(document.path.split('/').slice(0, -1)));
    }
    if (document === undefined) {
      const countBelow = (path: string) =>
        client.count({ collection: { id: collection.id, isGroup: false, below: path.split('/').slice(0, -2).join('/') } }, readTime);
      const counts = await Promise.all([client.count({ collection }, readTime), ...inOrder.map(countBelow)]);
      const [total = 0, ...below] = counts.map((count) => count ?? 0);
      return below.reduce((sum, rows) => sum + rows, 0) !== total;
    }
    const segments = document.path.split('/');
    const ends = segments.flatMap((_, index) => (index % 2 === 0 ? [endOf(segments.slice(0, index + 1))] : []));
    return [document, ...(await Promise.all(ends.map(next)))].some(isStray);
  }

  return { has, seen: (template, hasStrays) => void known.set(patternOf(template), hasStrays) };
}

/** After everything in a collection, in the order of names. */
const endOf = (collection: readonly string[]): string => `${collection.join('/')}\u0001/0`;
