export { refuseLoad } from "./capacity.ts";
export { k6Driver } from "./driver.ts";
export { writeWitnesses } from "./witnesses.ts";
