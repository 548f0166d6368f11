export { k6Driver } from "./driver.ts";
