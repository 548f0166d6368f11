/**
 * Which customer's which purchase it is. Order keys begin with what differs between two arms of a pair (the shop's own
 * name of the day); their last two parts are the same in both, and so is what the outside world does to the purchase.
 */
export function purchaseOf(orderKey: string): string {
  return orderKey.split("-").slice(-2).join("-");
}
