/** Adds an item to those of its group. In place: a list that is copied for each of its items costs the square of their number. */
export function addTo<Id, Item>(groups: Map<Id, Item[]>, id: Id, item: Item): void {
  const known = groups.get(id);
  if (known) known.push(item);
  else groups.set(id, [item]);
}
