import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);

// action/src/privacy/api-key.ts
function isPrivilegedKey(key) {
  return key.startsWith("sb_secret_") || claimsOf(key)["role"] === "service_role";
}
function issuedAt(key) {
  const { iat } = claimsOf(key);
  return typeof iat === "number" ? iat * 1e3 : void 0;
}
function claimsOf(key) {
  try {
    const claims = JSON.parse(Buffer.from(key.split(".")[1] ?? "", "base64url").toString());
    return typeof claims === "object" && claims !== null ? { ...claims } : {};
  } catch {
    return {};
  }
}

export {
  isPrivilegedKey,
  issuedAt
};
