// action/src/document/groups.ts
function addTo(groups, id, item) {
  const known = groups.get(id);
  if (known) known.push(item);
  else groups.set(id, [item]);
}

export {
  addTo
};
