import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);

// action/src/document/ids.ts
function compareIds(a, b) {
  if (/^\d+$/.test(a) && /^\d+$/.test(b)) return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
  return a < b ? -1 : a > b ? 1 : 0;
}

export {
  compareIds
};
