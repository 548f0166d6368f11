export { refuseLoad } from "./capacity.ts";
export { k6Driver } from "./driver.ts";
