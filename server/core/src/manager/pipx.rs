//! pipx: an environment for each application that it installs, in `venvs` below `PIPX_HOME`; known, and not offered (pipx's
//! documentation, *How pipx works*, *Configuring pipx*).

use super::{MachinePlace, Manager, folders::UserFolders, folders_in};
use crate::{
    model::{Certainty, Evidence, Offer, Recognised, Seen},
    world::{AbsPath, Asked, View},
};

pub(super) struct Pipx;

impl Manager for Pipx {
    fn name(&self) -> &'static str {
        "pipx"
    }

    fn summary(&self) -> &'static str {
        "the environments of applications that pipx installed; known, and not offered"
    }

    fn recognise(&self, _: &View<'_>, seen: &Seen) -> Asked<Option<Recognised>> {
        if !seen.has("pipx_metadata.json") {
            return Ok(None);
        }
        let file = seen.prefix.join("pipx_metadata.json");
        let because = Evidence::at(&file, "it has a `pipx_metadata.json`");
        Ok(Some(Recognised {
            kind: Some("pipx"),
            manager: Some("pipx"),
            name: Some(seen.prefix.name_text()),
            offer: Offer::Withheld,
            ..Recognised::new(Certainty::Kept, because)
        }))
    }

    fn environments(&self, view: &View<'_>) -> Asked<Vec<MachinePlace>> {
        let (own, user) = (view.variable_path("PIPX_HOME"), UserFolders::of(view)?);
        let homes: Vec<AbsPath> = match own {
            Some(own) => vec![own],
            // The second is where it was until pipx 1.2, and stays where it is there.
            None => {
                let old = user.home.map(|it| it.join(".local/pipx"));
                user.data.map(|it| it.join("pipx")).into_iter().chain(old).collect()
            }
        };
        let folders: Vec<AbsPath> = homes.iter().map(|it| it.join("venvs")).collect();
        // Ask all before the first `?`, so that one round trip is enough.
        let listed: Vec<_> = folders.iter().map(|it| folders_in(view, it)).collect();
        let mut places = Vec::new();
        for (folder, prefixes) in folders.iter().zip(listed) {
            let because = Evidence::at(folder, "it is in the folder of pipx's environments");
            let told = Recognised::new(Certainty::Looks, because);
            let place = |prefix| MachinePlace { prefix, told: told.clone() };
            places.extend(prefixes?.into_iter().map(place));
        }
        Ok(places)
    }
}
