// What the comparison must see, each done to the real contract; and what it must let pass.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { breaks, lastReleased } from './breaking.mjs';

const contract = JSON.parse(fs.readFileSync(new URL('../../openapi/openapi.json', import.meta.url), 'utf8'));
const submit = (document) => document.paths['/api/v1/petitions'].post;
const schema = (document, name) => document.components.schemas[name];

/** What is found when the contract is changed so. */
function after(change) {
    const changed = structuredClone(contract);
    change(changed);
    return breaks(contract, changed);
}

const breaking = {
    'a removed operation': [(now) => delete now.paths['/api/v1/petitions/{code}/history'], /GET .*history: is gone/],
    'another operationId': [(now) => (submit(now).operationId = 'send'), /operationId was submit, is send/],
    'a removed member of an answer': [(now) => delete schema(now, 'PetitionView').properties.due_at, /\/due_at: is gone/],
    'a member of an answer that may be missing': [
        (now) => (schema(now, 'PetitionView').required = schema(now, 'PetitionView').required.filter((name) => name !== 'status')),
        /\/status: may be missing now/,
    ],
    'a member of an answer of another type': [(now) => (schema(now, 'TokenPair').properties.expires_in = { type: 'string' }), /was integer, is string/],
    'a member of an answer that may be null': [
        (now) => (schema(now, 'TokenPair').properties.access_token.type = ['string', 'null']),
        /was string, is string or null/,
    ],
    'a new word in a closed list of an answer': [(now) => schema(now, 'PetitionStatus').enum.push('lost'), /"lost" is a new word in a closed list/],
    'a word that is no longer taken': [
        (now) => (schema(now, 'RatingLevel').enum = schema(now, 'RatingLevel').enum.filter((word) => word !== 'acceptable')),
        /body .*\/level: "acceptable" is no longer taken/,
    ],
    'a new required member of a request': [
        (now) => {
            schema(now, 'SubmissionBody').properties.weather = { type: 'string' };
            schema(now, 'SubmissionBody').required.push('weather');
        },
        /\/weather: is required now/,
    ],
    'a removed member of a request': [(now) => delete schema(now, 'SubmissionBody').properties.attributes, /body .*\/attributes: is gone/],
    'a shorter text': [(now) => (schema(now, 'SubmissionBody').properties.title.maxLength = 50), /\/title: maxLength is 50 now/],
    'a text of a certain kind': [(now) => (schema(now, 'SubmissionBody').properties.title.pattern = '^A'), /\/title: must be like \^A now/],
    'a member of a request that may not be null': [(now) => (schema(now, 'SubmissionBody').properties.unit.type = 'string'), /\/unit: was string or null, is string/],
    'a removed parameter': [(now) => (now.paths['/api/v1/public/petitions'].get.parameters = []), /query parameter bbox: is gone/],
    'a new required parameter': [
        (now) => submit(now).parameters.push({ name: 'X-Phone', in: 'header', required: true, schema: { type: 'string' } }),
        /header parameter X-Phone: is new and required/,
    ],
    'a smaller page': [
        (now) => (now.paths['/api/v1/me/petitions'].get.parameters.find((parameter) => parameter.name === 'limit').schema.maximum = 10),
        /parameter limit: maximum is 10 now/,
    ],
    'another media type': [
        (now) => (submit(now).requestBody.content = { 'application/xml': submit(now).requestBody.content['application/json'] }),
        /body: application\/json is gone/,
    ],
    'another success': [
        (now) => {
            submit(now).responses['202'] = submit(now).responses['201'];
            delete submit(now).responses['201'];
        },
        /201: is gone/,
    ],
    'a removed header': [(now) => delete submit(now).responses['201'].headers.ETag, /header ETag is gone/],
    'a public operation that wants a token': [(now) => (now.paths['/api/v1/categories'].get.security = [{ bearer: [] }]), /may no longer be called with \{\}/],
    'a role that may not any more': [
        (now) => (now.paths['/api/v1/petitions/{code}/receive'].post['x-roles'] = ['leader']),
        /is no longer for officer/,
    ],
};

for (const [name, [change, expected]] of Object.entries(breaking)) {
    test(`breaks: ${name}`, () => {
        const found = after(change);
        assert.ok(found.some((line) => expected.test(line)), `${expected} is not among ${found.length}: ${found.slice(0, 5).join('\n')}`);
    });
}

const harmless = {
    nothing: () => {},
    'a new operation': (now) => (now.paths['/api/v1/news'] = { get: structuredClone(now.paths['/api/v1/categories'].get) }),
    'a new optional parameter': (now) => submit(now).parameters.push({ name: 'X-Phone', in: 'header', schema: { type: 'string' } }),
    'a new member of an answer': (now) => (schema(now, 'PetitionView').properties.weather = { type: 'string' }),
    'a new optional member of a request': (now) => (schema(now, 'SubmissionBody').properties.weather = { type: ['string', 'null'] }),
    'a longer text': (now) => (schema(now, 'SubmissionBody').properties.title.maxLength = 400),
    'a member of a request that may be left away': (now) => schema(now, 'ApiKeyBody').required.pop(),
    'an error more': (now) => (submit(now).responses['451'] = structuredClone(submit(now).responses['401'])),
    'another text': (now) => (submit(now).summary = 'Something else.'),
    'an operation that becomes public': (now) => {
        now.paths['/api/v1/me'].get.security = [];
    },
    'one more role': (now) => now.paths['/api/v1/petitions/{code}/receive'].post['x-roles'].push('admin'),
};

for (const [name, change] of Object.entries(harmless)) {
    test(`passes: ${name}`, () => assert.deepEqual(after(change), []));
}

test('the last release of the same major version is compared with', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'released-'));
    for (const name of ['1.2.0.json', '1.10.0.json', '1.9.3.json', '2.0.0.json', 'notes.json']) fs.writeFileSync(path.join(folder, name), '{}');
    assert.equal(lastReleased(folder, '1.11.0'), '1.10.0.json');
    assert.equal(lastReleased(folder, '3.0.0'), undefined);
    assert.equal(lastReleased(path.join(folder, 'none'), '1.0.0'), undefined);
    fs.rmSync(folder, { recursive: true });
});
