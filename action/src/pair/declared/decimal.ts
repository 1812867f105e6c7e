/** Decimal numbers of any size as text: they never pass through a double. */

/** ± digits × 10 ^ exponent. The digits neither begin nor end with a zero; zero itself is `0`. */
type Decimal = { readonly isNegative: boolean; readonly digits: string; readonly exponent: bigint };

const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

function parse(text: string): Decimal | undefined {
  const [, sign, whole = '', fraction = '', exponent = '0'] = pattern.exec(text) ?? [];
  const digits = whole + fraction;
  if (sign === undefined || digits === '') return undefined;
  // Loops, because a pattern for trailing zeros takes quadratic time if there are many in the middle.
  let start = 0;
  while (digits[start] === '0') start += 1;
  let end = digits.length;
  while (end > start && digits[end - 1] === '0') end -= 1;
  if (start === end) return { isNegative: false, digits: '0', exponent: 0n };
  return { isNegative: sign === '-', digits: digits.slice(start, end), exponent: BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - end) };
}

/** Matches numbers that are already canonical, as most are. */
const plain = /^(?:0|-?[1-9]\d{0,99})$/;

const notFinite = new Set(['NaN', 'Infinity', '-Infinity']);

/** Longest number that is written out; beyond that, `1e400` stays `1e400`. */
const longest = 400n;

/**
 * The canonical spelling of a number: `1`, `1.0`, `1e0` and `+01` are `1`.
 *
 * @returns `undefined` if the text is not a number
 */
export function canonicalDecimal(text: string): string | undefined {
  if (plain.test(text)) return text;
  if (notFinite.has(text)) return text;
  const number = parse(text);
  return number && format(number);
}

function format({ isNegative, digits, exponent }: Decimal): string {
  const sign = isNegative ? '-' : '';
  // How many digits are before the decimal point.
  const before = BigInt(digits.length) + exponent;
  if (before > longest || before < -longest) return `${sign}${digits}e${exponent}`;
  if (exponent >= 0n) return sign + digits + '0'.repeat(Number(exponent));
  if (before <= 0n) return `${sign}0.${'0'.repeat(Number(-before))}${digits}`;
  return `${sign}${digits.slice(0, Number(before))}.${digits.slice(Number(before))}`;
}

/** Like `canonicalDecimal`, but only for numbers without a fraction. */
export function canonicalInteger(text: string): string | undefined {
  if (plain.test(text)) return text;
  const number = parse(text);
  return number && number.exponent >= 0n ? format(number) : undefined;
}

/**
 * Floor of the number times a power of ten.
 *
 * @returns `undefined` if the text is not a finite number, or the result would have more than 30 digits
 */
export function scaledFloor(text: string, powerOfTen: number): bigint | undefined {
  const number = parse(text);
  if (number === undefined) return undefined;
  const exponent = number.exponent + BigInt(powerOfTen);
  if (BigInt(number.digits.length) + exponent > 30n) return undefined;
  const size =
    exponent >= 0n ? BigInt(number.digits) * 10n ** exponent : BigInt(number.digits.slice(0, Number(max(0n, BigInt(number.digits.length) + exponent))) || '0');
  // The part that was cut off is not zero, because the digits do not end with a zero.
  const isCut = exponent < 0n;
  return number.isNegative ? -size - (isCut ? 1n : 0n) : size;
}

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** More than any store holds: Postgres' `numeric` has 131,072 digits before the decimal point and 16,383 after it. */
const widestSpan = 300_000n;

/**
 * Whether two numbers differ by at most the tolerance, exactly. NaN and the infinities are near only themselves, and so is a number with
 * more digits than any store holds.
 *
 * @param tolerance a decimal number, not negative
 */
export function isWithin(a: string, b: string, tolerance: string): boolean {
  if (a === b) return true;
  const numbers = [parse(a), parse(b), parse(tolerance)];
  const [first, second, limit] = numbers;
  if (!first || !second || !limit) return false;
  const exponents = [first, second, limit].map(({ exponent }) => exponent);
  const lowest = exponents.reduce((low, exponent) => (exponent < low ? exponent : low));
  const highest = exponents.reduce(max);
  if (highest - lowest > widestSpan) return false;
  const scaled = ({ isNegative, digits, exponent }: Decimal): bigint => (isNegative ? -1n : 1n) * BigInt(digits) * 10n ** (exponent - lowest);
  const apart = scaled(first) - scaled(second);
  return (apart < 0n ? -apart : apart) <= scaled(limit);
}
