// action/src/document/order.ts
function compareText(left, right) {
  const [a, b] = [left ?? "", right ?? ""];
  return a < b ? -1 : a > b ? 1 : 0;
}
function compareIds(a, b) {
  if (/^\d+$/.test(a) && /^\d+$/.test(b)) return a.length - b.length || compareText(a, b);
  return compareText(a, b);
}

export {
  compareText,
  compareIds
};
