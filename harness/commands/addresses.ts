import type { Stage } from "#core/substrate.ts";

/** What hands need of a standing shop: where its door is, and where each part listens. */
export function standingAddresses(stage: Stage): readonly string[] {
  const { host, port } = stage.edge;
  const shop = `http://${host}:${port}`;
  const parts = stage.topology.nodes
    .filter((node) => node.spare === undefined && node.role !== "edge")
    .map(
      (node) =>
        `  ${node.id.padEnd(12)} ${stage
          .portsOf(node.id)
          .map(({ name, address }) => `${name} ${address.host}:${address.port}`)
          .join("  ")}`,
    );
  return [
    `the shop stands at ${shop} until Ctrl-C`,
    `  curl ${shop}/                                    best sellers`,
    `  curl -H 'X-Geo: us' ${shop}/product/6            a product, asked from the other region`,
    `  curl -X POST ${shop}/checkout -H 'Idempotency-Key: by-hand-1' -H 'X-Session: eu-hand-1' -H 'Content-Type: application/json' -d '{"lines":[{"productId":6,"quantity":1}]}'`,
    "parts (direct addresses, past the links):",
    ...parts,
  ];
}
