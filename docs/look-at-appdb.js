// Prints what the Application Database's server says of itself, for Lockkeeper, and reads nothing else:
//
//   applicationDatabase:
//     reach: { host: om-1, command: mongosh --quiet --nodb /etc/ops/look-at-appdb.js }
//
// The connection string is a secret: this file belongs to the login user alone (chmod 600). Its user needs the role
// clusterMonitor on admin. With a client certificate, instead of user and password:
// …/admin?replicaSet=om-appdb&tls=true&tlsCAFile=/etc/ops/ca.pem&tlsCertificateKeyFile=/etc/ops/client.pem&authMechanism=MONGODB-X509
/* global connect, print, EJSON */

const admin = connect('mongodb://lockkeeper:PASSWORD@db-1.example,db-2.example,db-3.example/admin?replicaSet=om-appdb').getSiblingDB('admin');

const answers = {};
for (const [name, command] of Object.entries({
  hello: { hello: 1 },
  isMaster: { isMaster: 1 }, // servers before 4.2.10 know no hello
  buildInfo: { buildInfo: 1 },
  replSetGetStatus: { replSetGetStatus: 1 },
  replSetGetConfig: { replSetGetConfig: 1 },
  getParameter: { getParameter: 1, featureCompatibilityVersion: 1 },
})) {
  try {
    answers[name] = admin.runCommand(command);
  } catch (error) {
    answers[name] = { ok: 0, errmsg: error.message }; // unknown is an answer, too
  }
}
print(EJSON.stringify(answers));
