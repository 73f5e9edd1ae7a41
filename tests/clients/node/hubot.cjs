// hubot-rocketchat in a Hubot, which has to be within the main module's reach: hence no .mjs.

const { Robot } = require("hubot");

/** The SDK of its own that the adapter brings along. */
function driverOf() {
  const paths = [require.resolve("hubot-rocketchat")];
  return require(require.resolve("@rocket.chat/sdk", { paths })).driver;
}

import("./talk.mjs").then(({ event, given, heard, obey, tell }) => {
  let robot;

  function configure(password) {
    const { host: URL, username: USER, room: ROOM } = given;
    for (const [name, value] of Object.entries({ URL, USER, ROOM, PASSWORD: password })) {
      process.env[`ROCKETCHAT_${name}`] = value;
    }
    Object.assign(process.env, { RESPOND_TO_DM: "true", RESPOND_TO_EDITED: "true", HUBOT_LOG_LEVEL: "alert" });
  }

  function watch(driver) {
    robot.receiveMiddleware((context, next, done) => {
      const { constructor, id, text, user } = context.response.message;
      if (constructor.name === "CatchAllMessage") return next(done); // once more, nobody having cared
      if (given.follow) event("hubot", constructor.name, [{ _id: id, msg: text, rid: user.roomID }]);
      else heard({ _id: id, rid: user.roomID, msg: text, u: { username: user.name } }, 0);
      next(done);
    });
    robot.respond(/say (.*)/, (answer) => answer.send(answer.match[1]));
    driver.asteroid.ddp.on("socket_close", () => tell("lost"));
    driver.asteroid.on("reconnected", async () => tell("back", { uid: await driver.asteroid.resumeLoginPromise }));
  }

  obey({
    async login(password) {
      configure(password);
      robot = new Robot(null, "rocketchat", false, "hubot");
      robot.run();
      await new Promise((resolve) => robot.adapter.once("connected", resolve));
      watch(driverOf());
      return robot.adapter.userId;
    },
    missed: (since) => driverOf().asyncCall("loadMissedMessages", [given.rid, { $date: since }]),
  });
});
