// action/src/document/order.ts
function compareText(left, right) {
  const [a, b] = [left ?? "", right ?? ""];
  return a < b ? -1 : a > b ? 1 : 0;
}
var few = 20;
function sortTexts(texts) {
  if (texts.length > few) return texts.sort();
  for (let end = 1; end < texts.length; end += 1) {
    const text = texts[end] ?? "";
    let place = end;
    for (; place > 0 && text < (texts[place - 1] ?? ""); place -= 1) texts[place] = texts[place - 1] ?? "";
    texts[place] = text;
  }
  return texts;
}
function compareIds(a, b) {
  if (/^\d+$/.test(a) && /^\d+$/.test(b)) return a.length - b.length || compareText(a, b);
  if (/^-?\d+$/.test(a) && /^-?\d+$/.test(b)) return Number(BigInt(a) > BigInt(b)) - Number(BigInt(a) < BigInt(b)) || compareText(a, b);
  return compareText(a, b);
}

export {
  compareText,
  sortTexts,
  compareIds
};
