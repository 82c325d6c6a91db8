// Signed in, and again when the token is over.
import createClient, { type Client } from 'openapi-fetch';

import type { components, paths } from './pakn.js';

export type Problem = components['schemas']['ProblemDetails'];

/** What is no answer of the server's: worth another try later. */
export class NoNetwork extends Error {}

/** What the server says no to: another try would be told the same. */
export class Refused extends Error {
    constructor(readonly problem: Problem) {
        super(`${problem.status} ${problem.code}: ${problem.detail}`);
    }
}

interface Answer<T> {
    data?: T;
    error?: Problem;
    response: Response;
}

/** What an operation answered; what is not good is sorted into the two above. */
export async function ask<T>(asked: Promise<Answer<T>>): Promise<T> {
    let answer: Answer<T>;
    try {
        answer = await asked;
    } catch (error) {
        throw new NoNetwork(String((error as Error).cause ?? error));
    }
    const { data, error, response } = answer;
    if (data !== undefined) return data;
    // Later it may be another answer: a limit, a server that is away, a token that is over, the same request on another connection.
    const passes = [401, 408, 425, 429].includes(response.status) || response.status >= 500 || error?.code === 'contended';
    if (passes || error?.code === undefined) throw new NoNetwork(`${response.status} ${error?.code ?? ''}`);
    throw new Refused(error);
}

export class Session {
    #token: string | undefined;
    #until = 0;

    constructor(
        readonly server: string,
        private readonly login: string,
        private readonly password: string,
    ) {}

    /** An access token that is good for a while yet. */
    async token(): Promise<string> {
        if (this.#token === undefined || Date.now() > this.#until) {
            const anyone = createClient<paths>({ baseUrl: this.server });
            const body = { login: this.login, password: this.password };
            const tokens = await ask(anyone.POST('/api/v1/auth/login', { body }));
            this.#token = tokens.access_token;
            this.#until = Date.now() + (tokens.expires_in - 60) * 1000;
        }
        return this.#token;
    }

    /** A client that is signed in. */
    async client(): Promise<Client<paths>> {
        return createClient<paths>({ baseUrl: this.server, headers: { authorization: `Bearer ${await this.token()}` } });
    }
}
