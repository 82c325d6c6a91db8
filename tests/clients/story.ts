// A petition from the phone to the answer and back, by the client that was generated from the contract. What it needs to know of the server
// it is told: PAKN_URL, and in OFFICER_TOKEN who answers. Prints what the test that runs it checks in the database.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';

import createClient from 'openapi-fetch';

import type { PetitionStatus, PetitionView, ProblemDetails, paths } from './generated/pakn.js';

// The smallest picture there is.
const PIXEL = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
);

function setting(name: string): string {
    const value = process.env[name];
    assert.ok(value, `${name} is not set`);
    return value;
}

const baseUrl = setting('PAKN_URL');

function client(token?: string) {
    return createClient<paths>({ baseUrl, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } });
}

/** What an operation answered, which must be no problem. */
function good<T>(answer: { data?: T; error?: unknown; response: Response }): T {
    assert.ok(answer.data !== undefined, `${answer.response.url}: ${answer.response.status} ${JSON.stringify(answer.error)}`);
    return answer.data;
}

/** The problem that an operation answered with, which must be one. */
function refused(answer: { error?: ProblemDetails; response: Response }, status: number, code: string): ProblemDetails {
    assert.equal(answer.response.status, status, answer.response.url);
    assert.ok(answer.error !== undefined);
    assert.equal(answer.error.code, code);
    assert.equal(answer.error.status, status);
    return answer.error;
}

const anyone = client();
const officer = client(setting('OFFICER_TOKEN'));

// Somebody registers: badly, and then well.
const password = 'mat-khau-cua-toi';
const phone = `09${String(Date.now()).slice(-8)}`;
const badly = await anyone.POST('/api/v1/auth/register', { body: { phone: '12', password: 'x', full_name: '' } });
const faults = refused(badly, 422, 'invalid_input').errors ?? [];
assert.deepEqual(faults.map((fault) => fault.pointer).sort(), ['/full_name', '/password', '/phone']);
good(await anyone.POST('/api/v1/auth/register', { body: { phone, password, full_name: 'Nguyễn Thị Hà' } }));
const tokens = good(await anyone.POST('/api/v1/auth/login', { body: { login: phone, password } }));
const citizen = client(tokens.access_token);

// A photo, and a petition with it; sent twice, it is one.
const photo = good(
    await citizen.POST('/api/v1/uploads', {
        body: { file: '' },
        bodySerializer: () => {
            const form = new FormData();
            form.set('file', new Blob([PIXEL], { type: 'image/png' }), 'den.png');
            return form;
        },
    }),
);
assert.equal(photo.media_type, 'image/png');
const sending = {
    params: { header: { 'Idempotency-Key': randomUUID() } },
    body: {
        category: 'chieu_sang',
        title: 'Đèn đường hỏng',
        content: 'Đèn trước số 5 đường Nguyễn Huệ không sáng đã ba hôm nay.',
        location: { lat: 21.1875, lon: 106.0838, address: '5 Nguyễn Huệ' },
        attachments: [photo.id],
    },
};
const sent = good(await citizen.POST('/api/v1/petitions', sending));
const again = good(await citizen.POST('/api/v1/petitions', sending));
assert.equal(again.id, sent.id);
const status: PetitionStatus = sent.status;
assert.equal(status, 'submitted');
assert.equal(sent.agency.code, 'ubnd-256');
const path = { code: sent.code };

// A stranger is not told that it exists.
refused(await anyone.GET('/api/v1/petitions/{code}', { params: { path } }), 404, 'not_found');
refused(await anyone.GET('/api/v1/me'), 401, 'unauthenticated');

// The officer finds, receives and answers it.
const queue = good(await officer.GET('/api/v1/agency/petitions', { params: { query: { status: 'submitted', limit: 100 } } }));
assert.ok(queue.items.some((petition) => petition.code === sent.code));
const received: PetitionView = good(await officer.POST('/api/v1/petitions/{code}/receive', { params: { path } }));
const stale = { path, header: { 'If-Match': `"${received.version + 7}"` } };
const answer = { content: 'Đã thay bóng đèn, cảm ơn bà.' };
refused(await officer.POST('/api/v1/petitions/{code}/answer', { params: stale, body: answer }), 412, 'stale_version');
good(await officer.POST('/api/v1/petitions/{code}/answer', { params: { path }, body: answer }));
const twice = await officer.POST('/api/v1/petitions/{code}/answer', { params: { path }, body: answer });
assert.ok(!refused(twice, 409, 'command_not_allowed').allowed?.includes('answer'));

// The citizen reads and rates it.
const read = good(await citizen.GET('/api/v1/petitions/{code}', { params: { path } }));
assert.equal(read.answer?.content, answer.content);
const rated = good(
    await citizen.POST('/api/v1/petitions/{code}/rating', { params: { path }, body: { level: 'satisfied', comment: 'Cảm ơn.' } }),
);
assert.equal(rated.rating?.level, 'satisfied');
const history = good(await citizen.GET('/api/v1/petitions/{code}/history', { params: { path } }));
assert.deepEqual(
    history.items.map((entry) => entry.type),
    ['submitted', 'received', 'answered', 'rated'],
);
console.log(JSON.stringify({ code: sent.code, photo: photo.id }));
