// What waits to be sent. Each petition is a file of its own, made before anybody asks for a network, and gone only when the server has said
// that it has it.
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

import * as tus from 'tus-js-client';

import { put, read, write } from './disk.js';
import type { components } from './pakn.js';
import { NoNetwork, type Problem, Refused, type Session, ask } from './session.js';

type Body = components['schemas']['SubmissionBody'];
type Petition = components['schemas']['SubmittedPetition'];

/** One that waits. */
interface Waiting {
    /** Its `Idempotency-Key`, the same at every try: sent twice, it is one petition. */
    key: string;
    body: Body;
    photo?: {
        /** The phone's own copy: the album's may be gone by then. */
        file: string;
        /** Where the upload goes on. */
        url?: string;
        /** What it is attached by, once it is whole. */
        id?: string;
    };
}

export class Outbox {
    readonly #folder: string;
    readonly #refused: string;

    constructor(folder: string) {
        this.#folder = path.join(folder, 'outbox');
        this.#refused = path.join(folder, 'refused');
    }

    /** Writes one down; it needs no network. */
    add(body: Body, photo?: string): string {
        const key = randomUUID();
        const waiting: Waiting = { key, body };
        if (photo !== undefined) {
            waiting.photo = { file: path.join(this.#folder, `${key}.photo`) };
            put(waiting.photo.file, fs.readFileSync(photo));
        }
        this.#keep(waiting);
        return key;
    }

    /** The keys of those that wait, the oldest first. */
    keys(): string[] {
        if (!fs.existsSync(this.#folder)) return [];
        const files = fs.readdirSync(this.#folder).filter((name) => name.endsWith('.json'));
        const written = (name: string) => fs.statSync(path.join(this.#folder, name)).birthtimeMs;
        return files.sort((one, other) => written(one) - written(other)).map((name) => name.slice(0, -'.json'.length));
    }

    /** Sends one: the petition that it became, or undefined where the server does not want it. */
    async send(key: string, session: Session): Promise<Petition | undefined> {
        const waiting = read<Waiting>(this.#file(key));
        if (waiting === undefined) return undefined;
        try {
            await this.#bring(waiting, session);
            const attachments = waiting.photo?.id === undefined ? [] : [waiting.photo.id];
            const client = await session.client();
            const sent = await ask(
                client.POST('/api/v1/petitions', {
                    params: { header: { 'Idempotency-Key': key } },
                    body: { ...waiting.body, attachments },
                }),
            );
            this.#forget(waiting);
            return sent;
        } catch (error) {
            if (!(error instanceof Refused)) throw error;
            const faults = error.problem.errors ?? [];
            if (waiting.photo !== undefined && faults.length > 0 && faults.every((fault) => fault.pointer.startsWith('/attachments'))) {
                // A photo waits a day on the server, and this one came too early: it is brought again.
                delete waiting.photo.id;
                delete waiting.photo.url;
                this.#keep(waiting);
                throw new NoNetwork('the photo is brought again');
            }
            this.#setAside(waiting, error.problem);
            return undefined;
        }
    }

    /** Brings the photo, from where it stopped. */
    async #bring(waiting: Waiting, session: Session): Promise<void> {
        const photo = waiting.photo;
        if (photo === undefined || photo.id !== undefined) return;
        const authorization = `Bearer ${await session.token()}`;
        const url = await new Promise<string>((whole, failed) => {
            const upload: tus.Upload = new tus.Upload(fs.readFileSync(photo.file), {
                endpoint: `${session.server}/api/v1/uploads/tus`,
                ...(photo.url === undefined ? {} : { uploadUrl: photo.url }),
                headers: { authorization },
                chunkSize: 64 * 1024,
                // The outbox itself tries again.
                retryDelays: null,
                storeFingerprintForResuming: false,
                onUploadUrlAvailable: () => {
                    if (upload.url !== null) photo.url = upload.url;
                    this.#keep(waiting);
                },
                onError: (error) => failed(error instanceof tus.DetailedError ? this.#failure(waiting, error) : error),
                onSuccess: () => whole(upload.url ?? ''),
            });
            upload.start();
        });
        const id = url.split('/').at(-1);
        if (!id) throw new NoNetwork('the upload has no address');
        photo.id = id;
        this.#keep(waiting);
    }

    #failure(waiting: Waiting, error: tus.DetailedError): Error {
        const status = error.originalResponse?.getStatus() ?? 0;
        // Where it went on is gone (a day has passed): it begins anew.
        if ((status === 404 || status === 410) && waiting.photo?.url !== undefined) {
            delete waiting.photo.url;
            this.#keep(waiting);
        } else if ([413, 415, 422].includes(status)) {
            return new Refused(JSON.parse(error.originalResponse?.getBody() ?? '{}'));
        }
        return new NoNetwork(error.message);
    }

    #file(key: string): string {
        return path.join(this.#folder, `${key}.json`);
    }

    #keep(waiting: Waiting): void {
        write(this.#file(waiting.key), waiting);
    }

    /** For the person to mend: all of it, with what the server says is wrong. */
    #setAside(waiting: Waiting, problem: Problem): void {
        const beside = path.join(this.#refused, waiting.key);
        if (waiting.photo !== undefined) put(`${beside}.photo`, fs.readFileSync(waiting.photo.file));
        write(`${beside}.json`, { ...waiting, problem });
        this.#forget(waiting);
    }

    #forget(waiting: Waiting): void {
        fs.rmSync(this.#file(waiting.key));
        if (waiting.photo !== undefined) fs.rmSync(waiting.photo.file, { force: true });
    }
}
