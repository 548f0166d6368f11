import { createHash, createHmac, pbkdf2Sync } from "node:crypto";

/**
 * Rounds slow down the guessing of passwords that people choose. The run's passwords are 128 random bits, which nobody
 * guesses; with PostgreSQL's 4,096 rounds each login costs both sides milliseconds of processor time, and a pooler of a
 * quarter of a core cannot let a crowd of clients back in after a fault.
 */
const ROUNDS = 1;

/**
 * What a server stores in the place of a password (RFC 5803, as PostgreSQL and PgBouncer write it). Pooler and primary
 * must have the very same text, salt included, so that the pooler can log in with what its client has proven.
 */
export function scramSecret(role: string, password: string): string {
  const salt = createHmac("sha256", password).update(`salt of ${role}`).digest().subarray(0, 16);
  const salted = pbkdf2Sync(password, salt, ROUNDS, 32, "sha256");
  const storedKey = createHash("sha256")
    .update(createHmac("sha256", salted).update("Client Key").digest())
    .digest("base64");
  const serverKey = createHmac("sha256", salted).update("Server Key").digest("base64");
  return `SCRAM-SHA-256$${ROUNDS}:${salt.toString("base64")}$${storedKey}:${serverKey}`;
}
