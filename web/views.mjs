/* The views: a row each. A view is a module with `open(page)`, loaded when it is first needed.
 *
 *   path    of the address; {name} is handed over as page.params.name
 *   name    what it is called: in the navigation, as the heading, in the window's title
 *   icon    of icons.mjs; rows with one stand in the navigation, in this order
 *   key     "g" and this key open it
 *   role    the least role that may see it: viewer, operator, admin
 *   bare    shown without navigation (a wall screen, a person without an account)
 *   open    everybody may see it, signed in or not
 *
 * page: root (an empty element), params, query, signal (aborts when the view is left), me (who is
 * signed in), status (the daemon's, as it was when the page was opened), title(text, note) changes
 * the heading, actions(...) fills the place beside it. What open() throws is shown as a sentence. */

export const views = [
    { path: "/", name: "Now", icon: "now", key: "n", role: "viewer",
      load: () => import("./views/now.mjs") },
    { path: "/wall", name: "Wall screen", role: "viewer", bare: true,
      load: () => import("./views/wall.mjs") },
    { path: "/machines", name: "Machines", icon: "machines", key: "m", role: "viewer",
      load: () => import("./views/machines.mjs") },
    { path: "/machines/{mac}", name: "Machine", role: "viewer", below: "/machines",
      load: () => import("./views/machine.mjs") },
    { path: "/images", name: "Images", icon: "images", key: "i", role: "viewer",
      load: () => import("./views/images.mjs") },
    { path: "/network", name: "Network", icon: "network", key: "w", role: "viewer",
      load: () => import("./views/network.mjs") },
    { path: "/secure-boot", name: "Secure Boot", icon: "secure", key: "b", role: "viewer",
      load: () => import("./views/secure_boot.mjs") },
    { path: "/doctor", name: "Doctor", icon: "doctor", key: "d", role: "viewer",
      load: () => import("./views/doctor.mjs") },
    { path: "/events", name: "Events", icon: "events", key: "e", role: "viewer",
      load: () => import("./views/events.mjs") },
    { path: "/settings", name: "Settings", icon: "settings", key: "s", role: "admin",
      load: () => import("./views/settings.mjs") },
    { path: "/users", name: "Users", icon: "users", key: "u", role: "admin",
      load: () => import("./views/users.mjs") },
    { path: "/audit", name: "Audit log", icon: "audit", key: "a", role: "admin",
      load: () => import("./views/audit.mjs") },
    { path: "/account", name: "Your account", role: "viewer",
      load: () => import("./views/account.mjs") },
    { path: "/pick", name: "Choose for a machine", open: true, bare: true,
      load: () => import("./views/pick.mjs") },
    { path: "/pick/{number}", name: "Choose for a machine", open: true, bare: true,
      load: () => import("./views/pick.mjs") },
    { path: "/sign-in", name: "Sign in", open: true, bare: true,
      load: () => import("./views/sign_in.mjs") },
];

const ROLES = ["viewer", "operator", "admin"];

/* May who has `role` do what needs `needed`? */
export function roleReaches(role, needed)
{
    return ROLES.indexOf(role) >= ROLES.indexOf(needed || "viewer");
}
