// Whether a client of the last released contract is broken by the present one: `node breaking.mjs [OLD NEW]`; exit 1 and a line for each break.
//
// What counts as breaking is written in openapi/CHANGELOG.md. No comparer from a registry reads OpenAPI 3.1 and runs without Go, Java or a
// download of its own; the cases that this one must see are in breaking.test.mjs.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];
const contract = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../openapi');

/** Every break, as a sentence. */
export function breaks(before, after) {
    const found = [];
    const say = (where, what) => found.push(`${where}: ${what}`);
    for (const [route, item] of Object.entries(before.paths)) {
        for (const method of METHODS.filter((method) => item[method])) {
            const where = `${method.toUpperCase()} ${route}`;
            const now = after.paths[route]?.[method];
            if (!now) say(where, 'is gone');
            else compareOperations(new Comparison(before, after, say), where, item[method], now);
        }
    }
    return found;
}

function compareOperations(comparison, where, before, after) {
    const { say } = comparison;
    if (before.operationId !== after.operationId) say(where, `operationId was ${before.operationId}, is ${after.operationId}`);
    compareAccess(say, where, before, after);
    compareParameters(comparison, where, before, after);
    const [asked, asks] = [comparison.old(before.requestBody), comparison.new(after.requestBody)];
    if (asks?.required && !asked?.required) say(where, 'must have a body now');
    compareContents(comparison, `${where} body`, asked?.content, asks?.content, 'in');
    compareResponses(comparison, where, before.responses ?? {}, after.responses ?? {});
}

function compareAccess(say, where, before, after) {
    // Nothing is asked for: an empty list, or one with an empty way.
    const ways = (operation) => (operation.security?.length ? operation.security : [{}]).map((way) => JSON.stringify(way));
    const taken = ways(after);
    for (const way of ways(before).filter((way) => !taken.includes(way) && !taken.includes('{}'))) {
        say(where, `may no longer be called with ${way}`);
    }
    if (after['x-roles']) {
        const gone = (before['x-roles'] ?? []).filter((role) => !after['x-roles'].includes(role));
        if (!before['x-roles']) say(where, `is only for ${after['x-roles'].join(', ')} now`);
        for (const role of gone) say(where, `is no longer for ${role}`);
    }
}

function compareParameters(comparison, where, before, after) {
    const list = (operation, resolve) => (operation.parameters ?? []).map(resolve);
    const [old, now] = [list(before, comparison.old), list(after, comparison.new)];
    const same = (one) => (other) => other.name === one.name && other.in === one.in;
    for (const parameter of old) {
        const at = `${where} ${parameter.in} parameter ${parameter.name}`;
        const present = now.find(same(parameter));
        if (!present) {
            comparison.say(at, 'is gone');
            continue;
        }
        if (present.required && !parameter.required) comparison.say(at, 'is required now');
        for (const [how, usual] of [['style', undefined], ['explode', undefined]]) {
            if ((parameter[how] ?? usual) !== (present[how] ?? usual)) comparison.say(at, `is written another way (${how})`);
        }
        comparison.schemas(at, parameter.schema, present.schema, 'in');
    }
    for (const parameter of now.filter((parameter) => parameter.required && !old.some(same(parameter)))) {
        comparison.say(`${where} ${parameter.in} parameter ${parameter.name}`, 'is new and required');
    }
}

function compareResponses(comparison, where, before, after) {
    const isSuccess = (status) => /^[23]/.test(status);
    for (const [status, response] of Object.entries(before)) {
        const at = `${where} ${status}`;
        const [old, now] = [comparison.old(response), comparison.new(after[status])];
        if (!now) {
            // An error that no longer happens breaks nobody.
            if (isSuccess(status)) comparison.say(at, 'is gone');
            continue;
        }
        for (const header of Object.keys(old.headers ?? {})) {
            if (!now.headers?.[header]) comparison.say(at, `header ${header} is gone`);
        }
        compareContents(comparison, at, old.content, now.content, 'out');
    }
    for (const status of Object.keys(after)) {
        if (isSuccess(status) && !before[status]) comparison.say(`${where} ${status}`, 'is a new success');
    }
}

function compareContents(comparison, where, before, after, direction) {
    for (const [type, content] of Object.entries(before ?? {})) {
        if (!after?.[type]) comparison.say(where, `${type} is gone`);
        else comparison.schemas(`${where} (${type})`, content.schema, after[type].schema, direction);
    }
}

/** Two documents, and what was said about them. `in` is what clients send, `out` what they get. */
class Comparison {
    constructor(before, after, say) {
        this.say = say;
        this.old = (thing) => resolve(before, thing);
        this.new = (thing) => resolve(after, thing);
        this.seen = new Set();
    }

    schemas(where, before, after, direction) {
        if (before === undefined || after === undefined) {
            if (before !== undefined) this.say(where, 'has no form any more');
            return;
        }
        // A form that holds itself is compared once.
        if (before.$ref && after.$ref) {
            const pair = `${direction} ${before.$ref} ${after.$ref}`;
            if (this.seen.has(pair)) return;
            this.seen.add(pair);
        }
        const [old, now] = [form(this.old, before), form(this.new, after)];
        this.types(where, old, now, direction);
        this.words(where, old, now, direction);
        this.bounds(where, old, now, direction);
        this.members(where, old, now, direction);
        if (old.items && now.items) this.schemas(`${where}[]`, old.items, now.items, direction);
        if (isSchema(old.additionalProperties) && isSchema(now.additionalProperties)) {
            this.schemas(`${where}{}`, old.additionalProperties, now.additionalProperties, direction);
        }
        this.variants(where, old, now, direction);
    }

    types(where, old, now, direction) {
        // What a client sends must still be taken; what it gets, it must have been ready for.
        const [given, taken] = direction === 'in' ? [old, now] : [now, old];
        const takes = (type) => taken.types.includes(type) || (type === 'integer' && taken.types.includes('number'));
        const strange = given.types.filter((type) => !takes(type));
        if (taken.types.length > 0 && (strange.length > 0 || given.types.length === 0)) {
            this.say(where, `was ${old.types.join(' or ') || 'anything'}, is ${now.types.join(' or ') || 'anything'}`);
        }
        if (old.format !== now.format && (direction === 'out' ? old.format : now.format)) {
            this.say(where, `format was ${old.format ?? 'free'}, is ${now.format ?? 'free'}`);
        }
    }

    words(where, old, now, direction) {
        const [given, taken] = direction === 'in' ? [old.enum, now.enum] : [now.enum, old.enum];
        if (!taken) return;
        const what = direction === 'in' ? 'is no longer taken' : 'is a new word in a closed list';
        if (!given) this.say(where, direction === 'in' ? 'is a closed list now' : 'is no closed list any more');
        for (const word of (given ?? []).filter((word) => !taken.includes(word))) this.say(where, `${JSON.stringify(word)} ${what}`);
    }

    bounds(where, old, now, direction) {
        if (direction === 'out') return;
        for (const least of ['minimum', 'exclusiveMinimum', 'minLength', 'minItems']) {
            if (now[least] !== undefined && now[least] > (old[least] ?? -Infinity)) this.say(where, `${least} is ${now[least]} now`);
        }
        for (const most of ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems']) {
            if (now[most] !== undefined && now[most] < (old[most] ?? Infinity)) this.say(where, `${most} is ${now[most]} now`);
        }
        if (now.pattern !== undefined && now.pattern !== old.pattern) this.say(where, `must be like ${now.pattern} now`);
    }

    members(where, old, now, direction) {
        for (const [name, member] of Object.entries(old.properties)) {
            const at = `${where}/${name}`;
            if (!now.properties[name]) this.say(at, 'is gone');
            else this.schemas(at, member, now.properties[name], direction);
            if (direction === 'out' && now.properties[name] && old.required.has(name) && !now.required.has(name)) {
                this.say(at, 'may be missing now');
            }
        }
        if (direction === 'out') return;
        for (const name of now.required) {
            if (!old.required.has(name)) this.say(`${where}/${name}`, 'is required now');
        }
    }

    variants(where, old, now, direction) {
        const name = (variant) => variant.$ref ?? variant.title ?? JSON.stringify(variant);
        const [before, after] = [old.variants.map(name), now.variants.map(name)];
        const [given, taken] = direction === 'in' ? [before, after] : [after, before];
        if (taken.length > 0) {
            for (const variant of given.filter((variant) => !taken.includes(variant))) {
                this.say(where, `${variant} ${direction === 'in' ? 'is no longer taken' : 'is new among what may come'}`);
            }
        }
        for (const variant of old.variants) {
            const same = now.variants.find((other) => name(other) === name(variant));
            if (same) this.schemas(`${where} as ${name(variant).split('/').at(-1)}`, variant, same, direction);
        }
    }
}

function isSchema(value) {
    return typeof value === 'object' && value !== null;
}

function resolve(document, thing) {
    let at = thing;
    while (at?.$ref) {
        const steps = at.$ref.replace(/^#\//, '').split('/').map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
        at = steps.reduce((inside, step) => inside?.[step], document);
        if (at === undefined) throw new Error(`${thing.$ref} leads nowhere`);
    }
    return at;
}

/** A schema with what it is put together of in one place. */
function form(lookup, schema) {
    const own = schema === true ? {} : lookup(schema);
    const types = own.type === undefined ? [] : [own.type].flat();
    const whole = { ...own, types, properties: { ...own.properties }, required: new Set(own.required), variants: [] };
    for (const part of own.allOf ?? []) {
        const inner = form(lookup, part);
        if (whole.types.length === 0) whole.types = inner.types;
        Object.assign(whole.properties, inner.properties);
        inner.required.forEach((name) => whole.required.add(name));
        whole.enum ??= inner.enum;
    }
    const choices = own.oneOf ?? own.anyOf ?? [];
    const real = choices.filter((choice) => choice.type !== 'null');
    if (real.length === 1) {
        // Something, or null.
        const inner = form(lookup, real[0]);
        return { ...inner, types: real.length < choices.length ? [...inner.types, 'null'] : inner.types };
    }
    whole.variants = choices;
    if (own.enum && types.includes('null')) whole.enum = own.enum.filter((word) => word !== null);
    return whole;
}

/** The released contract with the highest version of the same major one; undefined before the first. */
export function lastReleased(folder, version) {
    const number = (name) => name.replace('.json', '').split('.').map(Number);
    const versions = fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => /^\d+\.\d+\.\d+\.json$/.test(name)) : [];
    const before = versions.filter((name) => number(name)[0] === Number(version.split('.')[0]));
    before.sort((one, other) => number(one).map((part, index) => part - number(other)[index]).find((difference) => difference !== 0) ?? 0);
    return before.at(-1);
}

const read = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));

function main([before, after = path.join(contract, 'openapi.json')]) {
    const present = read(after);
    const released = path.join(contract, 'released');
    const last = before ?? lastReleased(released, present.info.version);
    if (last === undefined) {
        console.log(`nothing of version ${present.info.version.split('.')[0]} was released yet`);
        return 0;
    }
    const found = breaks(read(before ?? path.join(released, last)), present);
    for (const line of found) console.error(line);
    console.log(found.length === 0 ? `no client of ${last} breaks` : `${found.length} breaks since ${last}`);
    return found.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv.slice(2));
