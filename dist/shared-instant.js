import {
  withoutFill
} from "./shared-column.js";
import {
  isAbsent,
  isFields,
  isList,
  isScalar
} from "./shared-source.js";
import {
  compareText,
  daysOfMonth,
  isCalendarDate,
  sortTexts,
  toNfc
} from "./shared-postgrest-js.js";

// action/src/pair/declared/entity.ts
var sideNames = ["legacy", "normalized"];
var sourcesOf = ({ legacy, normalized }, side) => side === "legacy" ? legacy : [normalized];

// action/src/pair/declared/decimal.ts
var pattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
function parse(text) {
  const [, sign, whole = "", fraction = "", exponent = "0"] = pattern.exec(text) ?? [];
  const digits = whole + fraction;
  if (sign === void 0 || digits === "") return void 0;
  let start = 0;
  while (digits[start] === "0") start += 1;
  let end = digits.length;
  while (end > start && digits[end - 1] === "0") end -= 1;
  if (start === end) return { isNegative: false, digits: "0", exponent: 0n };
  return { isNegative: sign === "-", digits: digits.slice(start, end), exponent: BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - end) };
}
var plain = /^(?:0|-?[1-9]\d{0,99})$/;
var notFinite = /* @__PURE__ */ new Set(["NaN", "Infinity", "-Infinity"]);
var longest = 400n;
function canonicalDecimal(text) {
  if (plain.test(text)) return text;
  if (notFinite.has(text)) return text;
  const number = parse(text);
  return number && format(number);
}
function format({ isNegative, digits, exponent }) {
  const sign = isNegative ? "-" : "";
  const before = BigInt(digits.length) + exponent;
  if (before > longest || before < -longest) return `${sign}${digits}e${exponent}`;
  if (exponent >= 0n) return sign + digits + "0".repeat(Number(exponent));
  if (before <= 0n) return `${sign}0.${"0".repeat(Number(-before))}${digits}`;
  return `${sign}${digits.slice(0, Number(before))}.${digits.slice(Number(before))}`;
}
function canonicalInteger(text) {
  if (plain.test(text)) return text;
  const number = parse(text);
  return number && number.exponent >= 0n ? format(number) : void 0;
}
function scaledFloor(text, powerOfTen) {
  const number = parse(text);
  if (number === void 0) return void 0;
  const exponent = number.exponent + BigInt(powerOfTen);
  if (BigInt(number.digits.length) + exponent > 30n) return void 0;
  const size = exponent >= 0n ? BigInt(number.digits) * 10n ** exponent : BigInt(number.digits.slice(0, Number(max(0n, BigInt(number.digits.length) + exponent))) || "0");
  const isCut = exponent < 0n;
  return number.isNegative ? -size - (isCut ? 1n : 0n) : size;
}
var max = (a, b) => a > b ? a : b;
var widestSpan = 300000n;
function isWithin(a, b, tolerance) {
  if (a === b) return true;
  const numbers = [parse(a), parse(b), parse(tolerance)];
  const [first, second, limit] = numbers;
  if (!first || !second || !limit) return false;
  const exponents = [first, second, limit].map(({ exponent }) => exponent);
  const lowest = exponents.reduce((low, exponent) => exponent < low ? exponent : low);
  const highest = exponents.reduce(max);
  if (highest - lowest > widestSpan) return false;
  const scaled = ({ isNegative, digits, exponent }) => (isNegative ? -1n : 1n) * BigInt(digits) * 10n ** (exponent - lowest);
  const apart = scaled(first) - scaled(second);
  return (apart < 0n ? -apart : apart) <= scaled(limit);
}

// action/src/pair/declared/instant.ts
var digitsOf = { s: 0, ms: 3, us: 6 };
var pattern2 = /^([+-]\d{4,6}|\d{4,6})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(Z|z|[+-]\d\d(?::?\d\d(?::?\d\d)?)?)?( BC)?$/;
function parseInstant(text, isUtc = false) {
  if (text === "infinity" || text === "-infinity") return text;
  const [whole, years = "", month, day, hour, minute, second = "0", fraction = "", offset, era] = pattern2.exec(text) ?? [];
  if (whole === void 0 || offset === void 0 && !isUtc) return void 0;
  const year = era === void 0 ? Number(years) : 1 - Number(years);
  const date = { year, month: Number(month), day: Number(day) };
  const time = { hour: Number(hour), minute: Number(minute), second: Number(second) };
  const shift = secondsOfOffset(offset ?? "Z");
  if (!isDate(date) || !isTime(time, fraction) || shift === void 0) return void 0;
  return { seconds: dayNumber(date) * 86400 + time.hour * 3600 + time.minute * 60 + time.second - shift, fraction };
}
var isTime = ({ hour, minute, second }, fraction) => hour < 24 && minute < 60 && second <= 60 || hour === 24 && minute === 0 && second === 0 && !/[1-9]/.test(fraction);
function secondsOfOffset(offset) {
  if (/^z$/i.test(offset)) return 0;
  const [hours = 0, minutes = 0, seconds = 0] = (offset.slice(1).match(/\d\d/g) ?? []).map(Number);
  if (hours > 23 || minutes > 59 || seconds > 59) return void 0;
  return (offset.startsWith("-") ? -1 : 1) * (hours * 3600 + minutes * 60 + seconds);
}
var farthest = 10000000000000n;
var plainNumber = /^(?:0|-?[1-9]\d{0,12})$/;
function instantOfNumber(text, unit) {
  if (plainNumber.test(text)) {
    const [count, each] = [Number(text), unit === "s" ? 1 : 1e3];
    const seconds2 = Math.floor(count / each);
    return { seconds: seconds2, fraction: `${count - seconds2 * each}`.padStart(3, "0").padEnd(9, "0") };
  }
  const nanoseconds = scaledFloor(text, unit === "s" ? 9 : 6);
  if (nanoseconds === void 0) return void 0;
  const seconds = floorDivide(nanoseconds, 1000000000n);
  if (seconds > farthest || seconds < -farthest) return void 0;
  return { seconds: Number(seconds), fraction: `${nanoseconds - seconds * 1000000000n}`.padStart(9, "0") };
}
function floorDivide(a, b) {
  const quotient = a / b;
  return quotient * b > a ? quotient - 1n : quotient;
}
function formatInstant(instant, precision) {
  if (typeof instant === "string") return instant;
  const days = Math.floor(instant.seconds / 86400);
  const rest = instant.seconds - days * 86400;
  const two = (number) => `${Math.floor(number)}`.padStart(2, "0");
  return `${dateOf(days)}T${two(rest / 3600)}:${two(rest % 3600 / 60)}:${two(rest % 60)}${ending(instant.fraction, precision)}`;
}
function ending(fraction, precision) {
  const digits = precision === void 0 ? fraction : fraction.slice(0, digitsOf[precision]).padEnd(digitsOf[precision], "0");
  return digits === "" ? "Z" : `.${digits}Z`;
}
var plain2 = /^\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)[T ](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|\+00(?::00)?)$/;
function canonicalInstant(text, isUtc, precision) {
  if (plain2.test(text)) {
    const offset = text.endsWith("Z") ? text.length - 1 : text.lastIndexOf("+");
    return `${text.slice(0, 10)}T${text.slice(11, 19)}${ending(text.slice(20, offset), precision)}`;
  }
  const instant = parseInstant(text, isUtc);
  return instant && formatInstant(instant, precision);
}
function isWithinTime(a, b, tolerance) {
  if (a === b) return true;
  const [first, second] = [nanosecondsOf(a), nanosecondsOf(b)];
  if (first === void 0 || second === void 0) return false;
  const apart = first > second ? first - second : second - first;
  return apart <= BigInt(tolerance) * 1000000n;
}
function nanosecondsOf(text) {
  const instant = parseInstant(text);
  if (instant === void 0 || typeof instant === "string") return void 0;
  return BigInt(instant.seconds) * 1000000000n + BigInt(instant.fraction.slice(0, 9).padEnd(9, "0"));
}
var isDate = ({ year, month, day }) => day >= 1 && day <= daysOfMonth(month, year);
var eraDays = 146097;
function dayNumber({ year, month, day }) {
  const march = month <= 2 ? year - 1 : year;
  const era = Math.floor(march / 400);
  const yearOfEra = march - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * eraDays + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719468;
}
function dateOf(days) {
  const shifted = days + 719468;
  const era = Math.floor(shifted / eraDays);
  const dayOfEra = shifted - era * eraDays;
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const text = year >= 0 && year <= 9999 ? `${year}`.padStart(4, "0") : `${year < 0 ? "-" : "+"}${`${Math.abs(year)}`.padStart(6, "0")}`;
  return `${text}-${`${month}`.padStart(2, "0")}-${`${day}`.padStart(2, "0")}`;
}
function postgresInstant(text) {
  const [, years = "", rest = ""] = /^([+-]\d+|0000)(-.*)$/.exec(text) ?? [];
  if (years === "") return text;
  const year = Number(years);
  return year > 0 ? `${year}${rest}` : `${`${1 - year}`.padStart(4, "0")}${rest} BC`;
}
var spans = { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5 };
function parseSpan(text) {
  const [, amount, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  if (amount === void 0 || unit === void 0) return void 0;
  return Number(amount) * spans[unit];
}

// action/src/pair/declared/types.ts
var scalarTypes = ["text", "integer", "number", "boolean", "timestamp", "date", "uuid", "bytes"];
var typeNames = [...scalarTypes, "json", "list", "set"];
var isUnreadable = (read) => typeof read === "object" && read !== null;
var scalarType = (name) => name === "timestamp" ? { name, precision: "ms" } : { name };
function equal(type, a, b) {
  if (a === b) return true;
  if (a === null || b === null) return false;
  if (type.name === "number" && type.tolerance !== void 0) return isWithin(a, b, type.tolerance);
  if (type.name === "timestamp" && type.tolerance !== void 0) return isWithinTime(a, b, type.tolerance);
  return false;
}
var isExact = (type) => !("tolerance" in type) || type.tolerance === void 0;

// action/src/pair/declared/readable.ts
var machineMade = [
  // UUID
  /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i,
  /^\d+$/,
  // Firestore and Firebase Auth. A digit is required, so that a long name made of letters is not taken for an id.
  /^(?=.*\d)(?:[A-Za-z\d]{20}|[A-Za-z\d]{28})$/,
  // Push id of the Realtime Database
  /^-[\w-]{19}$/,
  // ULID: 128 bits in Crockford's base 32
  /^[0-7][\dA-HJKMNP-TV-Z]{25}$/i
];
var looksMachineMade = (key) => machineMade.some((pattern3) => pattern3.test(key));
var readableTypes = /* @__PURE__ */ new Set(["integer", "number", "boolean", "timestamp", "date", "uuid"]);
var isReadable = (type, readable) => readable ?? readableTypes.has("of" in type ? type.of : type.name);
var isReadableKey = (type, readable, part) => readable ?? (readableTypes.has(type.name) || looksMachineMade(part));

// action/src/pair/declared/column.ts
var scalarOf = {
  integer: "integer",
  number: "number",
  boolean: "boolean",
  timestamptz: "timestamp",
  timestamp: "timestamp",
  date: "date",
  uuid: "uuid",
  text: "text",
  char: "text",
  bytes: "bytes"
};
function defaultType({ kind, isArray }) {
  if (kind === "json") return "json";
  return isArray ? "list" : scalarOf[kind];
}
var elementType = ({ kind, isArray }) => isArray && kind !== "json" ? scalarOf[kind] : void 0;
var everyScalar = ["text", "integer", "number", "boolean", "timestamp", "date", "uuid", "bytes"];
var declarable = {
  // A timestamp needs a unit: without one, nothing reads a number as an instant.
  integer: ["integer", "number", "text", "timestamp"],
  number: ["number", "integer", "text"],
  timestamptz: ["timestamp"],
  timestamp: ["timestamp"],
  date: ["date"],
  boolean: ["boolean"],
  uuid: ["uuid", "text"],
  text: everyScalar,
  char: everyScalar,
  json: ["json", "list", "set"],
  bytes: ["bytes"]
};
var declarableTypes = ({ kind, isArray }) => isArray ? ["list", "set", "json"] : declarable[kind];

// action/src/pair/declared/field-type.ts
var optionsOf = {
  text: ["trim", "ignore-case", "blank-is-null"],
  number: ["tolerance"],
  timestamp: ["precision", "unit", "tolerance"],
  list: ["of"],
  set: ["of"]
};
var optionNames = ["of", "trim", "ignore-case", "blank-is-null", "tolerance", "precision", "unit"];
var given = (options) => optionNames.filter((name) => options[name] !== void 0);
var takes = (type, options) => given(options).every((name) => optionsOf[type]?.includes(name)) && (options.tolerance === void 0 || isTolerance(type, options.tolerance));
var isTolerance = (type, tolerance) => type === "timestamp" ? parseSpan(tolerance) !== void 0 : isAmount(tolerance);
function isAmount(text) {
  const number = canonicalDecimal(text);
  return number !== void 0 && /^\d/.test(number);
}
function optionProblems(options) {
  const { type, tolerance } = options;
  if (type === void 0) {
    if (tolerance !== void 0 && parseSpan(tolerance) === void 0 && !isAmount(tolerance))
      return [{ problem: "tolerance is a number from 0, such as 0.01, or for timestamps a span, such as 2s. Correct it" }];
    return given(options).length > 0 && candidates(options).length === 0 ? [{ problem: `${given(options).join(", ")} belong to different types. Say which type the field has` }] : [];
  }
  const strange = given(options).filter((name) => !optionsOf[type]?.includes(name));
  const problems = strange.map((name) => ({
    problem: `${name} does not belong to the type ${type}, but to ${typesWith(name).join(" and ")}. Remove it, or correct the type`
  }));
  if (tolerance === void 0 || strange.includes("tolerance") || isTolerance(type, tolerance)) return problems;
  return [
    ...problems,
    {
      problem: type === "timestamp" ? "tolerance of a timestamp is a span, such as 2s or 500ms. Correct it" : "tolerance of a number is a number from 0, such as 0.01. Correct it"
    }
  ];
}
var typesWith = (name) => Object.keys(optionsOf).filter((type) => optionsOf[type]?.includes(name));
var candidates = (options) => Object.keys(optionsOf).filter((type) => takes(type, options));
function typeOf(options, column, bound = true) {
  const name = options.type ?? implied(options, column);
  if (name === void 0)
    return column === void 0 && given(options).length === 0 ? { name: "undescribed" } : { problem: `${given(options).join(", ")} do not say which type is meant. Add the type` };
  if (column !== void 0 && bound && !declarableTypes(column).includes(name)) {
    return { problem: `is compared as ${name}, but the column can only be ${declarableTypes(column).join(", ")}. Correct the type` };
  }
  return build(name, options, column);
}
function implied(options, column) {
  const own = column && defaultType(column);
  if (own !== void 0 && takes(own, options)) return own;
  const [only, ...more] = given(options).length === 0 ? [] : candidates(options);
  return more.length === 0 ? only : void 0;
}
function build(name, options, column) {
  const { trim, tolerance, precision = "ms", unit } = options;
  switch (name) {
    case "text":
      return { name, trim: trim ?? false, ignoreCase: options["ignore-case"] ?? false, blankIsNull: options["blank-is-null"] ?? false };
    case "number":
      return { name, ...tolerance !== void 0 && { tolerance } };
    case "timestamp": {
      if (column?.kind === "integer" && unit === void 0)
        return { problem: "is a timestamp in a column of whole numbers. Say what they count: unit: s or unit: ms" };
      const span = tolerance === void 0 ? void 0 : parseSpan(tolerance);
      return { name, precision, ...unit !== void 0 && { unit }, ...span !== void 0 && { tolerance: span } };
    }
    case "list":
    case "set": {
      const of = options.of ?? (column && elementType(column));
      return of === void 0 ? { problem: `is a ${name}, but nothing says of what. Add of, such as of: text` } : { name, of };
    }
    default:
      return { name };
  }
}
var isKeyType = isExact;

// action/src/pair/declared/json.ts
function canonicalJson(value, isSparse = false) {
  const whole = isSparse ? withoutEmpty(value) : value;
  if (isAbsent(whole)) return null;
  let written = "";
  const open = [];
  for (let next = whole; ; ) {
    if (isList(next)) {
      written += "[";
      open.push({ items: next, names: void 0, size: next.length, at: 0 });
    } else if (isFields(next)) {
      written += "{";
      const names = namesInOrder(next);
      open.push({ items: next, names, size: names.length, at: 0 });
    } else written += scalarText(next);
    let inside = open.at(-1);
    while (inside && inside.at === inside.size) {
      written += inside.names ? "}" : "]";
      open.pop();
      inside = open.at(-1);
    }
    if (!inside) return written;
    if (inside.at > 0) written += ",";
    if (inside.names) {
      const name = inside.names[inside.at] ?? "";
      written += `${JSON.stringify(toNfc(name))}:`;
      next = inside.items.get(name) ?? null;
    } else next = inside.items[inside.at] ?? null;
    inside.at += 1;
  }
}
function namesInOrder(fields) {
  const all = [...fields.keys()];
  const names = all.some((name) => fields.get(name) === null) ? all.filter((name) => fields.get(name) !== null) : all;
  const isComposed = names.every((name) => toNfc(name) === name);
  return isComposed ? sortTexts(names) : names.sort((a, b) => compareText(toNfc(a), toNfc(b)) || compareText(a, b));
}
function scalarText(value) {
  if (!isScalar(value)) return JSON.stringify(typeof value === "string" ? toNfc(value) : value);
  const number = (text) => canonicalDecimal(text) ?? JSON.stringify(text);
  if (value.kind === "number") return number(value.text);
  if (value.kind === "timestamp") return JSON.stringify(timestampText(value.text));
  if (value.kind === "bytes") return JSON.stringify(value.base64);
  if (value.kind === "reference") return JSON.stringify(toNfc(value.path));
  return `{"latitude":${number(value.latitude)},"longitude":${number(value.longitude)}}`;
}
var timestampText = (text) => canonicalInstant(text, true) ?? text;
var entriesOf = (value) => isFields(value) ? value.entries() : value.map((item, index) => [`${index}`, item]).values();
function withoutEmpty(value) {
  if (!isList(value) && !isFields(value)) return value;
  const frames = [{ target: /* @__PURE__ */ new Map(), rest: entriesOf(value), name: "" }];
  for (; ; ) {
    const frame = frames.at(-1);
    if (frame === void 0) return null;
    const next = frame.rest.next();
    if (next.done) {
      frames.pop();
      const kept = frame.target.size === 0 ? null : frame.target;
      const above = frames.at(-1);
      if (above === void 0) return kept;
      if (kept !== null) above.target.set(frame.name, kept);
      continue;
    }
    const [name, item] = next.value;
    if (isList(item) || isFields(item)) frames.push({ target: /* @__PURE__ */ new Map(), rest: entriesOf(item), name });
    else if (item !== null) frame.target.set(name, item);
  }
}

// action/src/pair/declared/canonical.ts
var longestShown = 1e4;
function canonical(type, value, place = {}) {
  if (isAbsent(value)) return null;
  const read = readAs(type, value, place);
  return read === void 0 ? { unreadable: shownText(value).slice(0, longestShown) } : read;
}
function shownText(value) {
  if (typeof value === "string") return value;
  return plainText(value) ?? canonicalJson(value) ?? "";
}
function readAs(type, value, place) {
  switch (type.name) {
    case "text":
      return readText(type, value, place);
    case "integer":
      return withNumber(value, canonicalInteger);
    case "number":
      return withNumber(value, canonicalDecimal);
    case "boolean":
      return readBoolean(value, place);
    case "timestamp":
      return readTimestamp(type, value, place);
    case "date":
      return isCalendarDate(value) ? value : void 0;
    case "uuid":
      return typeof value === "string" && uuid.test(value) ? value.toLowerCase() : void 0;
    case "bytes":
      return readBytes(value);
    case "json":
      return canonicalJson(value, place.isSparse);
    case "list":
    case "set":
      return readElements(type, value, place);
    case "undescribed":
      return readUndescribed(value, place);
  }
}
var spelled = /* @__PURE__ */ new Set(["integer", "number", "unknown"]);
function readText(type, value, place) {
  if (place.column === "text" && isFields(value)) return canonicalJson(value, place.isSparse);
  const isReference = isScalar(value) && value.kind === "reference";
  const text = isScalar(value) && value.kind === "number" && spelled.has(place.column) ? value.text : typeof value === "string" || isReference || place.column === "unknown" ? plainText(value) : void 0;
  if (text === void 0) return void 0;
  return canonicalText(type, place.column === "char" ? withoutFill(text) : text);
}
function canonicalText({ trim, ignoreCase, blankIsNull }, text) {
  const composed = toNfc(text);
  const trimmed = trim ? composed.trim() : composed;
  if (blankIsNull && trimmed.trim() === "") return null;
  return ignoreCase ? trimmed.toLowerCase().toUpperCase().toLowerCase().replaceAll("\u03C2", "\u03C3").normalize("NFC") : trimmed;
}
function plainText(value) {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  if (!isScalar(value)) return void 0;
  if (value.kind === "number") return canonicalDecimal(value.text) ?? value.text;
  if (value.kind === "timestamp") return timestampText(value.text);
  if (value.kind === "bytes") return value.base64;
  return value.kind === "reference" ? value.path : void 0;
}
function withNumber(value, read) {
  if (typeof value === "string") return read(value);
  return isScalar(value) && value.kind === "number" ? read(value.text) : void 0;
}
var isText = ({ column }) => column === "text" || column === "char" || column === "unknown";
function readBoolean(value, place) {
  if (typeof value === "boolean") return String(value);
  return isText(place) && (value === "true" || value === "false") ? value : void 0;
}
function readTimestamp({ precision, unit }, value, place) {
  const text = typeof value === "string" ? value : isScalar(value) && value.kind === "timestamp" ? value.text : void 0;
  const written = text === void 0 ? void 0 : canonicalInstant(text, place.column === "timestamp" || typeof value !== "string", precision);
  if (written !== void 0) return written;
  if (unit === void 0) return void 0;
  const number = isScalar(value) && value.kind === "number" ? value.text : isText(place) ? text : void 0;
  const counted = number === void 0 ? void 0 : instantOfNumber(number, unit);
  return counted && formatInstant(counted, precision);
}
var uuid = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
var base64 = /^[A-Za-z\d+/]*={0,2}$/;
function readBytes(value) {
  const text = typeof value === "string" ? value : isScalar(value) && value.kind === "bytes" ? value.base64 : void 0;
  if (text === void 0) return void 0;
  if (/^\\x(?:[\da-f]{2})*$/i.test(text)) return text.toLowerCase();
  const digits = text.replace(/=+$/, "").length;
  if (!base64.test(text) || digits % 4 === 1 || text.endsWith("=") && text.length % 4 !== 0) return void 0;
  return `\\x${Buffer.from(text, "base64").toString("hex")}`;
}
function readElements({ name, of }, value, place) {
  const items = itemsOf(value, place);
  if (items === void 0) return void 0;
  if (items.length === 0 && place.isSparse) return null;
  const type = scalarType(of);
  const isInArray = place.column !== void 0 && place.column !== "json" && place.column !== "unknown";
  const texts = items.map((item) => {
    if (isInArray && isList(item)) return readElements({ name: "list", of }, item, place);
    const element = canonical(type, item, place);
    return isUnreadable(element) ? void 0 : JSON.stringify(element);
  });
  if (texts.includes(void 0)) return void 0;
  return `[${(name === "set" ? texts.sort() : texts).join(",")}]`;
}
function itemsOf(value, place) {
  if (isList(value)) return place.isSparse ? value.filter((item) => item !== null) : value;
  if (!place.isSparse || !isFields(value)) return void 0;
  const keys = [...value.keys()];
  if (!keys.every((key) => /^\d{1,10}$/.test(key))) return void 0;
  return keys.sort((a, b) => Number(a) - Number(b)).map((key) => value.get(key) ?? null).filter((item) => item !== null);
}
function readUndescribed(value, place) {
  const text = plainText(value);
  if (text === void 0) return canonicalJson(value, place.isSparse);
  const composed = toNfc(text);
  return /^["[{]/.test(composed) ? JSON.stringify(composed) : composed;
}

export {
  sideNames,
  sourcesOf,
  canonicalDecimal,
  parseInstant,
  formatInstant,
  postgresInstant,
  scalarTypes,
  typeNames,
  isUnreadable,
  equal,
  isExact,
  optionProblems,
  typeOf,
  isKeyType,
  timestampText,
  canonical,
  shownText,
  canonicalText,
  looksMachineMade,
  isReadable,
  isReadableKey
};
