//! Words that are names only sometimes. A company called Linear is not meant by
//! "in linear time", and nobody is meant by "for".

use std::sync::LazyLock;

use hashbrown::HashSet;

/// Words with a job in the sentence: never taken for a name on their own.
pub(crate) const FUNCTION_WORDS: &str = "\
a about above across after again against ago all almost along already also although always am among \
an and another any anybody anyone anything are aren around as at away back be because been before \
behind being below between both but by can cannot could couldn did didn do does doesn doing don done \
down during each either else enough etc even ever every everybody everyone everything few for from \
further get gets getting give given go goes going gone got had has have having he hence her here hers \
herself him himself his how however i if in instead into is isn it its itself just least less let lets \
like likely many maybe me might mine more most much must my myself near neither never new no nobody \
none nor not nothing now nowhere of off often ok okay old on once one only onto or other others our \
ours out over own per perhaps please quite rather really same say says see seem seen several shall she \
should since so some somebody someone something soon still such than that the their theirs them then \
there these they thing things this those though through thus to today together told tomorrow too toward \
two under until up upon us use used using very via want was we well were what when where whether which \
while who whole whom whose why will with within without won would yes yesterday yet you your yours \
ich du er sie es wir ihr der die das den dem des ein eine einen einem einer und oder aber nicht kein mit \
von zu zum zur bei aus nach vor auf unter ist sind war hat haben wird werden kann le la les des du un une \
et ou mais est sont pour par avec dans sur el los las y o pero es son con por para en il lo gli e ma per \
team test admin user root guest bot null none unknown";

/// Everyday words, months, days and verbs that are also names of people and
/// products: taken for the name only when written like one.
pub(crate) const COMMON_WORDS: &str = "\
january february march april may june july august september october november december \
monday tuesday wednesday thursday friday saturday sunday spring summer autumn winter \
mark bill will rich hope rose grace faith joy frank grant jack art dean drew guy ray sue rob pat max \
chase chance hunter mason carter cooper page reed reid dale glen cliff heath forrest brook brooke ivy \
lily daisy violet olive hazel iris jade ruby pearl amber crystal ginger honey dawn eve star summer sky \
gene miles rusty sandy sunny wade ward west young king prince price pope bishop knight duke earl \
baron noble sterling gray grey green brown white black gold silver stone woods wood field fields lake \
river brooks ford bush hill hall house church park parks banks bank marsh banner basil penny buck skip \
chip dot kit lance nick norm van victor angel destiny trinity mercy patience prudence charity harmony \
melody carol harper porter parker fisher taylor baker cook butler potter turner miller walker \
linear notion square box slack meta apple amazon oracle shell target gap stripe block segment front \
intercom monday asana buffer canvas mint zoom loom miro figma drift clay attio signal discord matrix \
telegram threads bench ramp brex gusto rippling deel remote lattice culture amp amplitude mixpanel heap \
pilot carta pulse wave waves freshbooks xero sage harvest toggl clockwise calendly cron arc opera edge \
brave chrome safari firefox vivid bright spark sparks flow flows fast quick snap flex bolt lime bird \
spin uber lift sprint orange vodafone three boost visible mission vision focus impact origin element \
elements atlas apex summit peak vertex nexus core base basis bridge anchor compass beacon harbor haven \
port dock ship shipping cargo freight order orders invoice client customer company deal lead leads \
person contact contacts account accounts task tasks note notes project projects product products \
launch update release office home life love light power energy water fire earth air sun moon world \
global local national general standard universal international digital cloud data link links chat call \
calls meeting mail email phone web site page pages app apps code open source first second third next \
last best better good great nice fine happy big small large little long short high low early late \
free full half double single simple smart easy hard strong true real right left main major minor \
group partners partner network system systems service services solution solutions studio studios lab \
labs works work build builder make maker do play game games sport sports team media news press post \
times time day days week month year morning night ask tell show move run walk talk speak \
square circle triangle round point line lines plan plans price deal design drive dropbox change";

static FUNCTIONS: LazyLock<HashSet<&str>> =
    LazyLock::new(|| FUNCTION_WORDS.split_ascii_whitespace().collect());

static COMMON: LazyLock<HashSet<&str>> =
    LazyLock::new(|| COMMON_WORDS.split_ascii_whitespace().collect());

/// Whether a folded word is never a name by itself.
pub(crate) fn is_function_word(folded: &str) -> bool {
    FUNCTIONS.contains(folded)
}

/// Whether a folded word needs a capital inside a sentence to be a name.
pub(crate) fn is_common_word(folded: &str) -> bool {
    COMMON.contains(folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_and_products_are_common_and_particles_are_function_words() {
        for word in ["may", "april", "linear", "slack", "rose", "mark"] {
            assert!(is_common_word(word), "{word}");
            assert!(!is_function_word(word), "{word}");
        }
        for word in ["the", "for", "will", "with"] {
            assert!(is_function_word(word), "{word}");
        }
        assert!(!is_common_word("acme") && !is_function_word("acme"));
    }
}
