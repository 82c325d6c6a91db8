// Files that are there whole or not at all, also when the power goes.
import fs from 'node:fs';
import path from 'node:path';

/** Reads what `write` wrote; undefined where there is none. */
export function read<T>(file: string): T | undefined {
    try {
        return JSON.parse(fs.readFileSync(file, 'utf8')) as T;
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
    }
}

/** Writes it; when this returns, it is on the disk. */
export function write(file: string, value: unknown): void {
    put(file, JSON.stringify(value));
}

/** The same, of bytes. */
export function put(file: string, bytes: string | Uint8Array): void {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const beside = `${file}.new`;
    const handle = fs.openSync(beside, 'w');
    try {
        fs.writeFileSync(handle, bytes);
        fs.fsyncSync(handle);
    } finally {
        fs.closeSync(handle);
    }
    fs.renameSync(beside, file);
    const folder = fs.openSync(path.dirname(file), 'r');
    try {
        fs.fsyncSync(folder);
    } finally {
        fs.closeSync(folder);
    }
}
