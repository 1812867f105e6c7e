// action/src/document/chunks.ts
function* chunksOf(items, size) {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

export {
  chunksOf
};
