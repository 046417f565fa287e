// node judge.mjs NODE_MODULES schema SCHEMA  < documents: prints, as JSON, a sentence for each thing that does not fit
// node judge.mjs NODE_MODULES rubric RUBRIC  < documents: prints, as JSON, the answer of each check
// Documents are lines {"name": …, "crjson": …}.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules, what, by] = process.argv.slice(2);
const require = createRequire(path.resolve(modules, 'none.js'));
const load = async name => {
  const loaded = await import(pathToFileURL(require.resolve(name)));
  return loaded.default ?? loaded;
};
const documents = fs.readFileSync(0, 'utf8').split('\n').filter(Boolean).map(line => JSON.parse(line));
const say = answer => process.stdout.write(`${JSON.stringify(answer)}\n`);

async function schema() {
  const [Ajv, formats] = [await load('ajv/dist/2020.js'), await load('ajv-formats')];
  // Not strict: the published schema has keywords that ajv would call unusual.
  const ajv = new (Ajv.default ?? Ajv)({ strict: false, allErrors: true });
  (formats.default ?? formats)(ajv);
  const validate = ajv.compile(JSON.parse(fs.readFileSync(by, 'utf8')));
  for (const { name, crjson } of documents) {
    validate(crjson);
    for (const error of validate.errors ?? []) {
      say(`${name}: ${error.instancePath || '/'} ${error.message} ${JSON.stringify(error.params)}`);
    }
  }
}

async function rubric() {
  const [{ jsonFormula: _, ...rest }, yaml] = [await import(pathToFileURL(require.resolve('@adobe/json-formula'))), await load('js-yaml')];
  const JsonFormula = rest.default;
  const [information, ...sections] = yaml.loadAll(fs.readFileSync(by, 'utf8'));
  const globals = { ...information.variables, $expected_spec_version: '2.4.0', $args: [] };
  const TYPE_ANY = 1;
  const functions = {};
  const evaluate = (expression, data, args) =>
    new JsonFormula(functions).search(expression, data, { ...globals, $args: args });
  // Named expressions: what they are called with is $args, and what they look at is what their caller looks at.
  for (const [name, expression] of Object.entries(information.expressions ?? {})) {
    functions[name] = {
      _func: (args, data) => evaluate(expression, data, args),
      _signature: [{ types: [TYPE_ANY], optional: true, variadic: true }],
    };
  }
  const plain = value => (value && typeof value.valueOf === 'function' ? value.valueOf() : value);
  const matched = value => (Array.isArray(value) ? value.length > 0 : Boolean(plain(value)));
  for (const { name, crjson } of documents) {
    for (const check of sections.flat().filter(statement => statement.expression)) {
      const value = evaluate(check.expression, crjson, []);
      const isBad = check.failIfMatched || check.warnIfMatched;
      const holds = isBad ? !matched(value) : value === true;
      const report = (check.reportText?.[String(holds)]?.en ?? '').replace('{{matches}}', JSON.stringify(value));
      say({ document: name, id: check.id, holds, report });
    }
  }
}

await { schema, rubric }[what]();
