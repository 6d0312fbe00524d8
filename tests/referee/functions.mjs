// What Step Functions adds to JSONata, as its guide says:
// https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html

import { createHash } from "node:crypto";

const HASHES = { MD5: "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512" };
const LONGEST_RANGE = 1000;

function partition(array, size) {
  if (array === undefined) return undefined;
  const items = Array.isArray(array) ? array : [array];
  if (!Number.isInteger(size) || size < 1) throw new Error("$partition needs a positive whole number");
  const chunks = [];
  for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size));
  return chunks;
}

// A sequence: on AWS `$range(1, 9, 9)` is 1, as JSONata unwraps a sequence of one.
function range(first, last, step = 1) {
  if (first === undefined || last === undefined) return undefined;
  if (!step) throw new Error("the step of $range must not be 0");
  const count = Math.max(0, Math.floor((last - first) / step + 1e-9) + 1);
  if (count > LONGEST_RANGE) throw new Error(`$range makes at most ${LONGEST_RANGE} items`);
  const numbers = Array.from({ length: count }, (_, index) => first + index * step);
  Object.defineProperty(numbers, "sequence", { enumerable: false, value: true });
  return numbers;
}

function hash(text, algorithm) {
  if (text === undefined) return undefined;
  if (typeof text !== "string" || !(algorithm in HASHES)) throw new Error("$hash needs a text and an algorithm");
  return createHash(HASHES[algorithm]).update(text, "utf8").digest("hex");
}

function parse(text) {
  return text === undefined ? undefined : JSON.parse(text);
}

function noEval() {
  throw new Error("Step Functions has no $eval");
}

export const FUNCTIONS = { partition, range, hash, parse, eval: noEval };

// Another value each time, or (of a seed) another in each implementation.
export const LEFT_OUT = /\$(random|uuid|millis|now|shuffle)\b/;
