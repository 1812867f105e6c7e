/**
 * The same 32-bit hash as `hashtext` in Postgres (for text with a deterministic collation, on a little-endian machine): lookup3 by Bob
 * Jenkins (2006, in the public domain), one 12-byte block at a time. It distributes well and is cheap, but it is not cryptographic.
 *
 * @returns a whole number from 0 to 2³² − 1
 */
export function hashText(text: string): number {
  const bytes = Buffer.from(text);
  let a = (0x9e3779b9 + bytes.length + 3923095) | 0;
  let b = a;
  let c = a;
  let at = 0;
  for (; bytes.length - at >= 12; at += 12) {
    a = (a + bytes.readInt32LE(at)) | 0;
    b = (b + bytes.readInt32LE(at + 4)) | 0;
    c = (c + bytes.readInt32LE(at + 8)) | 0;
    a = (a - c) ^ rotated(c, 4);
    c = (c + b) | 0;
    b = (b - a) ^ rotated(a, 6);
    a = (a + c) | 0;
    c = (c - b) ^ rotated(b, 8);
    b = (b + a) | 0;
    a = (a - c) ^ rotated(c, 16);
    c = (c + b) | 0;
    b = (b - a) ^ rotated(a, 19);
    a = (a + c) | 0;
    c = (c - b) ^ rotated(b, 4);
    b = (b + a) | 0;
  }
  const rest = (place: number): number => bytes[at + place] ?? 0;
  // The lowest byte of the third word is reserved for the length.
  c = (c + (rest(8) << 8) + (rest(9) << 16) + (rest(10) << 24)) | 0;
  b = (b + rest(4) + (rest(5) << 8) + (rest(6) << 16) + (rest(7) << 24)) | 0;
  a = (a + rest(0) + (rest(1) << 8) + (rest(2) << 16) + (rest(3) << 24)) | 0;
  c = ((c ^ b) - rotated(b, 14)) | 0;
  a = ((a ^ c) - rotated(c, 11)) | 0;
  b = ((b ^ a) - rotated(a, 25)) | 0;
  c = ((c ^ b) - rotated(b, 16)) | 0;
  a = ((a ^ c) - rotated(c, 4)) | 0;
  b = ((b ^ a) - rotated(a, 14)) | 0;
  c = ((c ^ b) - rotated(b, 24)) | 0;
  return c >>> 0;
}

const rotated = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));
