/** How much a device may send (JSON), and what its certificates say: one such identity is that of one device. */
export const ratesAndCertificates = `
ALTER TABLE devices ADD COLUMN rate TEXT;

CREATE TABLE device_certificates (
  identity  TEXT PRIMARY KEY,
  device_id TEXT NOT NULL REFERENCES devices (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX device_certificates_by_device ON device_certificates (device_id);
`;
