// Reads iCalendar texts (a JSON list on standard input) with ical.js, and says when their events begin and end.
const loaded = require("ical.js");
const ICAL = loaded.default ?? loaded;

function when(property) {
  // By the clocks that the text itself describes: ical.js knows no other ones but UTC.
  return property.getFirstValue().toJSDate().toISOString();
}

const texts = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const read = texts.map((text) => {
  const calendar = new ICAL.Component(ICAL.parse(text));
  return calendar.getAllSubcomponents("vevent").map((event) => ({
    method: calendar.getFirstPropertyValue("method"),
    uid: event.getFirstPropertyValue("uid"),
    sequence: event.getFirstPropertyValue("sequence"),
    status: event.getFirstPropertyValue("status"),
    start: when(event.getFirstProperty("dtstart")),
    end: when(event.getFirstProperty("dtend")),
    summary: event.getFirstPropertyValue("summary"),
    description: event.getFirstPropertyValue("description"),
    location: event.getFirstPropertyValue("location"),
    attendees: event.getAllProperties("attendee").map((one) => [one.getParameter("cn"), one.getFirstValue()]),
  }));
});
process.stdout.write(JSON.stringify(read));
