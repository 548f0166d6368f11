/** Names inside the database servers, and of the run's secrets that open them. */
export const DATABASE = "shop";

/** The superuser: administration and evidence, never the application. */
export const ADMINISTRATOR = "postgres";
export const ADMINISTRATOR_SECRET = "admin";

export const APPLICATION = "shop";
export const APPLICATION_SECRET = "database";

/** What the replicas log in as at the primary. */
export const REPLICATOR = "replicator";
export const REPLICATOR_SECRET = "replication";
