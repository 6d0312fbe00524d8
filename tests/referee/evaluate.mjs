// Evaluates recorded expressions with the original JSONata and prints where it differs from what was recorded.
//
//   python -m local_aws --record-expressions FILE        then:        node tests/referee/evaluate.mjs FILE
//
// Exit code 0: all equal; 1: differences; 2: the file can't be read. $random, $uuid, $millis, $now and $shuffle give
// another value each time: expressions with them are left out, and counted.

import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import jsonata from "jsonata";
import { FUNCTIONS, LEFT_OUT } from "./functions.mjs";

const SHOWN = 600;
const DEEPEST = 1000;
const LONGEST = 5000; // milliseconds

async function evaluated(expression, bindings) {
  const compiled = jsonata(expression);
  for (const [name, implementation] of Object.entries(FUNCTIONS)) compiled.registerFunction(name, implementation);
  limit(compiled);
  return asJson(await compiled.evaluate(undefined, bindings));
}

// An endless expression fails, as it does in Step Functions, before it takes all memory.
function limit(compiled) {
  const until = Date.now() + LONGEST;
  let depth = 0;
  compiled.assign(Symbol.for("jsonata.__evaluate_entry"), (_expression, _input, environment) => {
    if (environment.isParallelCall) return;
    depth += 1;
    if (depth > DEEPEST || Date.now() > until) throw new Error("the evaluation goes too deep or takes too long");
  });
  compiled.assign(Symbol.for("jsonata.__evaluate_exit"), (_expression, _input, environment) => {
    if (!environment.isParallelCall) depth -= 1;
  });
}

// What Step Functions takes as a result: JSON; nothing and functions are errors.
function asJson(value) {
  if (value === undefined) throw new Error("returned nothing (undefined)");
  if (typeof value === "function" || value?._jsonata_lambda || value?._jsonata_function) {
    throw new Error("returned an unsupported result type");
  }
  if (Array.isArray(value)) return value.map(asJson);
  if (value === null || typeof value !== "object") return Object.is(value, -0) ? 0 : value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, asJson(inner)]));
}

async function outcome({ expression, bindings }) {
  try {
    return { result: await evaluated(expression, bindings) };
  } catch (error) {
    return { error: error.message ?? String(error) };
  }
}

// Two failures are equal whatever they say.
function equal(recorded, found) {
  if ("error" in recorded || "error" in found) return "error" in recorded && "error" in found;
  return isDeepStrictEqual(asJson(recorded.result), found.result);
}

function shown(value) {
  const text = JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

function recordsOf(path) {
  const lines = readFileSync(path, "utf8").split("\n").filter((line) => line.trim());
  return lines.map((line) => JSON.parse(line));
}

async function main(path) {
  let records;
  try {
    records = recordsOf(path);
  } catch (error) {
    console.error(`${path} can't be read: ${error.message}`);
    return 2;
  }
  const compared = records.filter((record) => !LEFT_OUT.test(record.expression));
  let differences = 0;
  for (const { expression, bindings, ...recorded } of compared) {
    const found = await outcome({ expression, bindings });
    if (!equal(recorded, found)) {
      differences += 1;
      console.log(`${expression}\n  reads:     ${shown(bindings)}\n  local_aws: ${shown(recorded)}\n  jsonata:   ${shown(found)}`);
    }
  }
  console.log(`${compared.length} expressions compared, ${differences} differ, ${records.length - compared.length} left out`);
  return differences ? 1 : 0;
}

process.exitCode = await main(process.argv[2]);
