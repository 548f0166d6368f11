export { openLeakAudit } from "./leak-audit.ts";
