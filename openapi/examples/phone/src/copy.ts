// The phone's own copy of the person's petitions: what it shows without a network.
import path from 'node:path';

import { read, write } from './disk.js';
import type { components } from './pakn.js';
import { type Session, ask } from './session.js';

type Petition = components['schemas']['PetitionView'];

/** The copy, and up to where it reaches. */
interface Kept {
    since?: string;
    petitions: Record<string, Petition>;
}

export class Copy {
    readonly #file: string;
    readonly #kept: Kept;

    constructor(folder: string) {
        this.#file = path.join(folder, 'petitions.json');
        this.#kept = read<Kept>(this.#file) ?? { petitions: {} };
    }

    /** All of them, the newest first. */
    all(): Petition[] {
        return Object.values(this.#kept.petitions).sort((one, other) => other.submitted_at.localeCompare(one.submitted_at));
    }

    /** Keeps one that was just sent. What it becomes is fetched like all else. */
    keep(petition: Petition): void {
        this.#kept.petitions[petition.code] = petition;
        write(this.#file, this.#kept);
    }

    /** Fetches what changed since the last time; how many. Copy and cursor are written at once, so that neither is ahead of the other. */
    async catchUp(session: Session): Promise<number> {
        const client = await session.client();
        let changed = 0;
        for (;;) {
            const query = this.#kept.since === undefined ? { limit: 100 } : { since: this.#kept.since, limit: 100 };
            const changes = await ask(client.GET('/api/v1/me/petitions/changes', { params: { query } }));
            for (const petition of changes.items) this.#kept.petitions[petition.code] = petition;
            this.#kept.since = changes.next_since;
            write(this.#file, this.#kept);
            changed += changes.items.length;
            if (!changes.has_more) return changed;
        }
    }
}
