// The commands: `write`, `sync` and `list`. README.md has an example of each.
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { Copy } from './copy.js';
import { Outbox } from './outbox.js';
import { NoNetwork, Session } from './session.js';

/** How long a phone goes on trying before it waits for the system to wake it up again. */
const PATIENCE_MS = 10 * 60 * 1000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

function setting(name: string): string {
    const value = process.env[name];
    if (!value) throw new Error(`${name} is not set`);
    return value;
}

/** Does it until it is done, with growing pauses while there is no network. */
async function patiently<T>(task: () => Promise<T>): Promise<T> {
    const until = Date.now() + PATIENCE_MS;
    for (let delay = FIRST_PAUSE_MS; ; delay = Math.min(delay * 2, LONGEST_PAUSE_MS)) {
        try {
            return await task();
        } catch (error) {
            if (!(error instanceof NoNetwork) || Date.now() > until) throw error;
            // Not all phones at once.
            await pause(delay * (0.5 + Math.random()));
        }
    }
}

async function sync(outbox: Outbox, copy: Copy): Promise<void> {
    const session = new Session(setting('PAKN_URL'), setting('PHONE_LOGIN'), setting('PHONE_PASSWORD'));
    for (const key of outbox.keys()) {
        const petition = await patiently(() => outbox.send(key, session));
        if (petition !== undefined) copy.keep(petition);
        console.log(petition === undefined ? `${key} was refused` : `${petition.code} was sent`);
    }
    console.log(`${await patiently(() => copy.catchUp(session))} changed`);
}

async function main(): Promise<void> {
    const { values, positionals } = parseArgs({
        allowPositionals: true,
        options: {
            category: { type: 'string' },
            title: { type: 'string' },
            content: { type: 'string' },
            lat: { type: 'string' },
            lon: { type: 'string' },
            photo: { type: 'string' },
        },
    });
    const folder = setting('PHONE_DIR');
    const [outbox, copy] = [new Outbox(folder), new Copy(folder)];
    switch (positionals[0]) {
        case 'write': {
            const { category = 'khac', title = '', content = '', lat, lon, photo } = values;
            const location = lat === undefined || lon === undefined ? null : { lat: Number(lat), lon: Number(lon) };
            console.log(outbox.add({ category, title, content, location }, photo));
            return;
        }
        case 'sync':
            await sync(outbox, copy);
            return;
        case 'list':
            for (const petition of copy.all()) {
                console.log(`${petition.code}  ${petition.status_name}  ${petition.title ?? ''}  ${petition.answer?.content ?? ''}`);
            }
            for (const key of outbox.keys()) console.log(`${key}  waits`);
            return;
        default:
            throw new Error('write, sync or list?');
    }
}

await main();
