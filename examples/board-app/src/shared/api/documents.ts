import {
  type DocumentData,
  type DocumentReference,
  type Firestore,
  Timestamp,
  collectionGroup,
  deleteDoc,
  doc,
  documentId,
  endBefore,
  getDocs,
  orderBy,
  query,
  runTransaction,
  startAfter,
  writeBatch,
} from 'firebase/firestore/lite';

/** What the domains do to documents beyond a single write. */

/** @returns what the document holds then: what was there already stays */
export function createOnce(firestore: Firestore, document: DocumentReference, data: DocumentData): Promise<DocumentData> {
  return runTransaction(firestore, async (transaction) => {
    const present = await transaction.get(document);
    if (present.exists()) return present.data();
    transaction.set(document, data);
    return data;
  });
}

/** @param field holds a time, and the later one wins; of the same time, what was there first. @returns what the document holds then */
export function saveLater(firestore: Firestore, document: DocumentReference, field: string, data: DocumentData): Promise<DocumentData> {
  return runTransaction(firestore, async (transaction) => {
    const present = (await transaction.get(document)).data();
    if (present && !isLater(data[field], present[field])) return present;
    transaction.set(document, data);
    return data;
  });
}

/** Than something that is no time, any is later. */
function isLater(time: unknown, other: unknown): boolean {
  return !(time instanceof Timestamp && other instanceof Timestamp) || time.valueOf() > other.valueOf();
}

/** Above the collections of this app, whatever they are called. */
const afterAll = '\uf8ff';
const mostInBatch = 500;

/**
 * Deletes a document and what lies below it, the document last: where that breaks off, deleting it again goes on. Firestore itself would leave the rest
 * behind. Groups are asked rather than one collection after the other, so that what hangs below a document that is no longer there is found as well.
 *
 * @param collections ids of all collections below it
 */
export async function deleteTree(firestore: Firestore, path: string, collections: readonly string[]): Promise<void> {
  const below = await Promise.all(
    collections.map((id) =>
      getDocs(query(collectionGroup(firestore, id), orderBy(documentId()), startAfter(path), endBefore(`${path}/${afterAll}/${afterAll}`))),
    ),
  );
  // The deepest first, for the same reason.
  const documents = below.flatMap(({ docs }) => docs.map(({ ref }) => ref)).sort((a, b) => b.path.split('/').length - a.path.split('/').length);
  for (let start = 0; start < documents.length; start += mostInBatch) {
    const batch = writeBatch(firestore);
    for (const document of documents.slice(start, start + mostInBatch)) batch.delete(document);
    await batch.commit();
  }
  await deleteDoc(doc(firestore, path));
}
