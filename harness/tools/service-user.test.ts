import { expect, test } from "vitest";
import { isRoot } from "./folders.ts";
import { serviceUser, userFrom } from "./service-user.ts";

test("a user is found by name in passwd's format", () => {
  const passwd = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin\n";
  expect(userFrom(passwd, "nobody")).toEqual({ name: "nobody", uid: 65_534, gid: 65_533 });
  expect(userFrom(passwd, "ada")).toBeUndefined();
  expect(userFrom("nobody:x::\n", "nobody")).toBeUndefined();
});

test("only root hands work to a service user, who is never root", () => {
  const user = serviceUser();
  expect(user === undefined).toBe(!isRoot());
  expect(user?.uid).not.toBe(0);
});
