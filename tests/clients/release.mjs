// Puts the present contract among the released ones: `node release.mjs`. What is released is never changed.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { breaks, lastReleased } from './breaking.mjs';

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../openapi');
const present = JSON.parse(fs.readFileSync(path.join(folder, 'openapi.json'), 'utf8'));
const { version } = present.info;
const released = path.join(folder, 'released');
const file = path.join(released, `${version}.json`);

function refuse(why) {
    console.error(why);
    process.exit(1);
}

if (fs.existsSync(file)) refuse(`${version} was released already: give info.version another number`);
if (!fs.readFileSync(path.join(folder, 'CHANGELOG.md'), 'utf8').includes(`\n## ${version}\n`)) {
    refuse(`openapi/CHANGELOG.md has no section "## ${version}"`);
}
const last = lastReleased(released, version);
if (last) {
    const found = breaks(JSON.parse(fs.readFileSync(path.join(released, last), 'utf8')), present);
    if (found.length > 0) refuse(`it breaks clients of ${last}:\n${found.join('\n')}`);
}
fs.mkdirSync(released, { recursive: true });
// Without white space: it is for programs.
fs.writeFileSync(file, JSON.stringify(present));
console.log(`released ${version}`);
