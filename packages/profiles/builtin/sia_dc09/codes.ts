// Codes of SIA and of Contact ID, and the alarms that they are.

export type Values = Record<string, unknown>;

const siaTable =
  'AR AC Restoral|AS Source Supervision|AT AC Trouble|BA Burglary Alarm|BB Burglary Bypass|BC Burglary Cancel|BH Burglary Alarm Restore|' +
  'BJ Burglary Trouble Restore|BR Burglary Restoral|BS Burglary Supervisory|BT Burglary Trouble|BU Burglary Unbypass|BV Burglary Verified|' +
  'BX Burglary Test|BZ Missing Supervision|CA Automatic Closing|CE Closing Extend|CF Forced Closing|CG Close Area|CI Fail to Close|' +
  'CJ Late Close|CK Early Close|CL Closing Report|CP Automatic Closing|CQ Remote Closing|CR Recent Closing|CS Closing Keyswitch|' +
  'CT Late to Open|CW Was Force Armed|CZ Point Closing|DC Access Closed|DD Access Denied|DF Door Forced|DG Access Granted|DK Access Lockout|' +
  'DO Access Open|DR Door Restoral|DS Door Station|DT Access Trouble|DU Dealer ID|EA Exit Alarm|EE Exit Error|ER Expansion Restoral|' +
  'ET Expansion Trouble|FA Fire Alarm|FB Fire Bypass|FC Fire Cancel|FH Fire Alarm Restore|FI Fire Test Begin|FJ Fire Trouble Restore|' +
  'FK Fire Test End|FR Fire Restoral|FS Fire Supervisory|FT Fire Trouble|FU Fire Unbypass|FX Fire Test|FY Missing Fire Trouble|GA Gas Alarm|' +
  'GB Gas Bypass|GH Gas Alarm Restore|GJ Gas Trouble Restore|GR Gas Restoral|GS Gas Supervisory|GT Gas Trouble|GU Gas Unbypass|GX Gas Test|' +
  'HA Holdup Alarm|HB Holdup Bypass|HH Holdup Alarm Restore|HJ Holdup Trouble Restore|HR Holdup Restoral|HS Holdup Supervisory|' +
  'HT Holdup Trouble|HU Holdup Unbypass|JA User Code Tamper|JC User code tamper canceled|JD Date Changed|JH Holiday Changed|JL Log Threshold|' +
  'JO Log Overflow|JP User On Premises|JR Schedule Executed|JS Schedule Changed|JT Time Changed|JV User Code Changed|JX User Code Deleted|' +
  'KA Heat Alarm|KB Heat Bypass|KH Heat Alarm Restore|KJ Heat Trouble Restore|KR Heat Restoral|KS Heat Supervisory|KT Heat Trouble|' +
  'KU Heat Unbypass|LB Local Program|LD Local Program Denied|LE Listen-in Ended|LF Listen-in Begin|LR Phone Line Restoral|LS Local Program Success|' +
  'LT Phone Line Trouble|LU Local Program Fail|LX Local Programming Ended|MA Medical Alarm|MB Medical Bypass|MH Medical Alarm Restore|' +
  'MJ Medical Trouble Restore|MR Medical Restoral|MS Medical Supervisory|MT Medical Trouble|MU Medical Unbypass|NA No Activity|NC Network Condition|' +
  'NF Forced Perimeter Arm|NL Perimeter Armed|NR Network Restoral|NS Activity Resumed|NT Network Failure|OA Automatic Opening|OC Cancel Report|' +
  'OG Open Area|OH Early to Open from Alarm|OI Fail to Open|OJ Late Open|OK Early Open|OL Late to Open from Alarm|OP Opening Report|' +
  'OQ Remote Opening|OR Disarm from Alarm|OS Opening Keyswitch|OT Late to Close|OU Output State Trouble|OV Output State Restore|OZ Point Opening|' +
  'PA Panic Alarm|PB Panic Bypass|PH Panic Alarm Restore|PJ Panic Trouble Restore|PR Panic Restoral|PS Panic Supervisory|PT Panic Trouble|' +
  'PU Panic Unbypass|QA Emergency Alarm|QB Emergency Bypass|QH Emergency Alarm Restore|QJ Emergency Trouble Restore|QR Emergency Restoral|' +
  'QS Emergency Supervisory|QT Emergency Trouble|QU Emergency Unbypass|RA Remote Programmer Call Failed|RB Remote Program Begin|RC Relay Close|' +
  'RD Remote Program Denied|RN Remote Reset|RO Relay Open|RP Automatic Test|RR Power Up|RS Remote Program Success|RT Data Lost|' +
  'RU Remote Program Fail|RX Manual Test|RY Test Off Normal|SA Sprinkler Alarm|SB Sprinkler Bypass|SH Sprinkler Alarm Restore|' +
  'SJ Sprinkler Trouble Restore|SR Sprinkler Restoral|SS Sprinkler Supervisory|ST Sprinkler Trouble|SU Sprinkler Unbypass|TA Tamper Alarm|' +
  'TB Tamper Bypass|TC All Points Tested|TE Test End|TH Tamper Alarm Restore|TJ Tamper Trouble Restore|TP Walk Test Point|TR Tamper Restoral|' +
  'TS Test Start|TT Tamper Trouble|TU Tamper Unbypass|TW Area Watch Start|TX Test Report|TZ Area Watch End|UA Untyped Zone Alarm|' +
  'UB Untyped Zone Bypass|UH Untyped Alarm Restore|UJ Untyped Trouble Restore|UR Untyped Zone Restoral|US Untyped Zone Supervisory|' +
  'UT Untyped Zone Trouble|UU Untyped Zone Unbypass|UX Undefined|UY Untyped Missing Trouble|UZ Untyped Missing Alarm|VI Printer Paper In|' +
  'VO Printer Paper Out|VR Printer Restore|VT Printer Trouble|VX Printer Test|VY Printer Online|VZ Printer Offline|WA Water Alarm|WB Water Bypass|' +
  'WH Water Alarm Restore|WJ Water Trouble Restore|WR Water Restoral|WS Water Supervisory|WT Water Trouble|WU Water Unbypass|XA Extra Account Report|' +
  'XE Extra Point|XF Extra RF Point|XH RF Interference Restoral|XI Sensor Reset|XJ RF Receiver Tamper Restoral|XL Low Received Signal Strength|' +
  'XM Missing Alarm|XQ RF Interference|XR Transmitter Battery Restoral|XS RF Receiver Tamper|XT Transmitter Battery Trouble|XW Forced Point|' +
  'XX Fail to Test|YA Bell Fault|YB Busy Seconds|YC Communications Fail|YD Receiver Line Card Trouble|YE Receiver Line Card Restored|' +
  'YF Parameter Checksum Fail|YG Parameter Changed|YH Bell Restored|YI Overcurrent Trouble|YJ Overcurrent Restore|YK Communications Restoral|' +
  'YM System Battery Missing|YN Invalid Report|YO Unknown Message|YP Power Supply Trouble|YQ Power Supply Restored|YR System Battery Restoral|' +
  'YS Communications Trouble|YT System Battery Trouble|YW Watchdog Reset|YX Service Required|YY Status Report|YZ Service Completed|ZA Freeze Alarm|' +
  'ZB Freeze Bypass|ZH Freeze Alarm Restore|ZJ Freeze Trouble Restore|ZR Freeze Restoral|ZS Freeze Supervisory|ZT Freeze Trouble|ZU Freeze Unbypass';

const contactIdTable =
  '100 Medical|101 Personal Emergency|102 Fail to Report In|110 Fire|111 Smoke|112 Combustion|113 Water Flow|114 Heat|115 Pull Station|116 Duct|' +
  '117 Flame|118 Near Alarm|120 Panic|121 Duress|122 Silent Panic|123 Audible Panic|124 Duress, Access Granted|125 Duress, Egress Granted|' +
  '130 Burglary|131 Perimeter|132 Interior|133 24 Hour|134 Entry/Exit|135 Day/Night|136 Outdoor|137 Tamper|138 Near Alarm|139 Intrusion Verified|' +
  '140 General Alarm|141 Polling Loop Open|142 Polling Loop Short|143 Expansion Module Failure|144 Sensor Tamper|145 Expansion Module Tamper|' +
  '146 Silent Burglary|147 Sensor Supervision Failure|150 24 Hour Non-Burglary|151 Gas Detected|152 Refrigeration|153 Loss of Heat|154 Water Leakage|' +
  '155 Foil Break|156 Day Trouble|157 Low Bottled Gas Level|158 High Temperature|159 Low Temperature|161 Loss of Air Flow|162 Carbon Monoxide|' +
  '163 Tank Level|200 Fire Supervisory|201 Low Water Pressure|300 System Trouble|301 AC Loss|302 Low System Battery|303 RAM Checksum Bad|' +
  '304 ROM Checksum Bad|305 System Reset|306 Panel Programming Changed|307 Self-Test Failure|308 System Shutdown|309 Battery Test Failure|' +
  '310 Ground Fault|311 Battery Missing or Dead|312 Power Supply Overcurrent|313 Engineer Reset|320 Sounder or Relay|321 Bell 1|330 System Peripheral|' +
  '333 Expansion Module Failure|337 Expansion Module DC Loss|338 Expansion Module Low Battery|341 Expansion Module Tamper|342 Expansion Module AC Loss|' +
  '344 RF Receiver Jam Detected|350 Communication|351 Telco 1 Fault|352 Telco 2 Fault|353 Radio Transmitter Fault|354 Failure to Communicate|' +
  '355 Loss of Radio Supervision|356 Loss of Central Polling|370 Protection Loop|371 Protection Loop Open|372 Protection Loop Short|373 Fire Trouble|' +
  '374 Exit Error|380 Sensor Trouble|381 Loss of Supervision, RF|382 Loss of Supervision, RPM|383 Sensor Tamper|384 RF Low Battery|' +
  '385 Smoke Detector High Sensitivity|386 Smoke Detector Low Sensitivity|389 Sensor Self-Test Failure|400 Open/Close|401 Open/Close by User|' +
  '402 Group Open/Close|403 Automatic Open/Close|404 Late to Open/Close|405 Deferred Open/Close|406 Cancel|407 Remote Arm/Disarm|408 Quick Arm|' +
  '409 Keyswitch Open/Close|411 Callback Requested|412 Download Success|421 Access Denied|422 Access Report by User|423 Forced Access|' +
  '441 Armed Stay|442 Keyswitch Armed Stay|454 Failed to Close|455 Failed to Arm|456 Partial Arm|459 Recent Close|461 Wrong Code Entry|' +
  '570 Zone Bypass|571 Fire Bypass|573 Burglary Bypass|574 Group Bypass|601 Manual Test|602 Periodic Test|603 Periodic RF Test|604 Fire Test|' +
  '605 Status Report to Follow|606 Listen-in to Follow|607 Walk Test|608 Periodic Test, Trouble Present|611 Point Tested OK|621 Event Log Reset|' +
  '622 Event Log 50% Full|623 Event Log 90% Full|624 Event Log Overflow|625 Time/Date Reset|626 Time/Date Inaccurate|627 Program Mode Entry|' +
  '628 Program Mode Exit|654 System Inactivity';

const names = (table: string): ReadonlyMap<string, string> =>
  new Map(
    table
      .split('|')
      .map((entry) => [entry.slice(0, entry.indexOf(' ')), entry.slice(entry.indexOf(' ') + 1)]),
  );
export const siaNames = names(siaTable);
export const contactIdNames = names(contactIdTable);

/** What the vocabulary has for codes, by their beginning. */
export const siaAlarms: [RegExp, string][] = [
  [/^(PA|HA|MA|QA)/, 'sos'],
  [/^(AT|YP)/, 'powerCut'],
  [/^(YT|YM|XT)/, 'lowBattery'],
  [/^(TA|TT|XS|JA)/, 'tampering'],
  [/^XQ/, 'jamming'],
  [/^DF/, 'door'],
  [/^(FA|KA|SA)/, 'fire'],
  [/^(BA|BV|UA|EA)/, 'burglary'],
  [/^(GA|WA|ZA)/, 'general'],
  [/^(BT|FT|ET|UT|YC|YA|NT|LT)/, 'fault'],
];
export const contactIdAlarms: [RegExp, string][] = [
  [/^1[02]/, 'sos'],
  [/^11/, 'fire'],
  [/^(137|144|145|341|383)/, 'tampering'],
  [/^13|146/, 'burglary'],
  [/^(301|342)/, 'powerCut'],
  [/^(302|311|338|384)/, 'lowBattery'],
  [/^344/, 'jamming'],
  [/^423/, 'door'],
  [/^1[45]|16/, 'general'],
  [/^3/, 'fault'],
];

export function alarm(table: [RegExp, string][], code: string): Values {
  const found = table.find(([start]) => start.test(code));
  return found === undefined ? {} : { alarm: found[1] };
}
