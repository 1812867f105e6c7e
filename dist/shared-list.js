// action/src/store/list.ts
var mapped = (items, make) => ({
  length: items.length,
  at(index) {
    const item = items.at(index);
    return item === void 0 ? void 0 : make(item);
  },
  slice: (start, end) => mapped(items.slice(start, end), make),
  *[Symbol.iterator]() {
    for (const item of items) yield make(item);
  }
});

export {
  mapped
};
