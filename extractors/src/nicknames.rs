//! Short and everyday forms of given names: Bob is Robert, Liz is Elizabeth, Sasha is Alexander.
//! Only forms that a team would use without explaining; no diminutives made on the spot.

use std::sync::LazyLock;

use hashbrown::HashMap;

/// A given name and its short forms a line, folded; after the equals sign, what else the same
/// person may be called elsewhere. A form may stand in several lines.
const NAMES: &str = "\
abigail abby abbie gail
abraham abe bram
adam ad
adelaide addie ada
agnes aggie
alan al allan allen
albert al bert albie
alexander alex al sandy xander sasha alec lex = sascha aleksandr alejandro alexandre
alexandra alex sandra sasha lexi alexa = allie aleksandra
alexei alyosha
alexey alyosha
alexis alex lexi
alfred al fred alf alfie = freddie
alice allie ali
alison ally ali
allison ally ali
amanda mandy
amelia amy millie
anastasia stacy nastya ana
andrea andie andy
andrew andy drew = andrei andrej
angela angie
ann annie nan = anna anne nancy hannah
anna annie ann
anne annie
anthony tony ant = antonio toni
antoinette toni nettie
antonia toni
antonio tony toni
archibald archie
arnold arnie
arthur art artie
augustus gus
barbara barb barbie babs = bobbie
barnaby barney
bartholomew bart
beatrice bea trixie
benjamin ben benny benji
bernard bernie = barney
bertram bert
beverly bev
bradley brad
brenda bren
bridget biddy
calvin cal
cameron cam
carl charlie
caroline carrie caro carol
carolyn carol carrie lyn = caroline lynn
cassandra cass cassie sandra
catherine cathy kate cat katie cate = kathy katherine kathryn kitty katharina kat ekaterina katya
cecilia celia
charles charlie chuck chas chaz = chip carlos karl
charlotte lottie charlie lotte
chelsea chels
christian chris
christina tina chris chrissy = christine kristina christy kristin
christine chris tina chrissy
christopher chris kit topher = kris
clarence clare
clifford cliff
clinton clint
constance connie
cornelius neil
cynthia cindy
daniel dan danny
danielle dani
david dave davy = davey
deborah deb debbie = debra
dennis den denny
derek del
diana di = diane
dmitri dima mitya
dmitry dima mitya
dominic dom nic
donald don donnie
dorothy dot dottie dolly
douglas doug
edgar ed
edmund ed eddie ned ted
edward ed eddie ted teddy ned = eduardo edouard
edwin ed eddie
ekaterina katya
eleanor ellie nell nora
elena lena
elisabeth lisa lisbeth
elizabeth liz lizzie beth betty eliza bess bessie betsy libby lisa = elisabeth elsie
emily em emmy
emma em
eric ric
ernest ernie
eugene gene = evgeny yevgeny
eugenia genie
evelyn evie
ezekiel zeke
ferdinand ferdie
florence flo florrie
frances fran frannie frankie
francesca fran
francis frank fran frankie = francisco
francisco paco pancho
franklin frank
frederick fred freddie freddy = rick friedrich fritz federico
friedrich fritz
gabriel gabe
gabriella gabby ella
gabrielle gabby
geoffrey geoff = jeff jeffrey
george georgie = georg jorge
georgina gina georgie
gerald gerry jerry
gerard gerry
gertrude trudy gertie
gilbert gil = bert
giovanni gianni
giuseppe beppe
gordon gord
grace gracie
graham gray
gregory greg = gregor grzegorz
guillermo memo
gwendolyn gwen
hannah han
harold harry hal
harriet hattie
harrison harry
heather heath
helen nell
helena lena
henrietta hetty etta
henry harry hank hal = heinrich
herbert herb bert
howard howie
hubert hugh bert
ignacio nacho
ignatius iggy
immanuel manny
irene rene = rena
isaac ike zac
isabel izzy bella
isabella bella izzy = isabel
isadora izzy
ivan vanya
jacob jake = jakob jack
jacqueline jackie
james jim jimmy jamie jem
jane janie
janet jan = jenny
jason jay
jean jeannie = jeanne
jeffrey jeff
jennifer jen jenny jenn
jeremiah jerry
jeremy jem jerry
jerome jerry
jessica jess jessie
jesus chuy
joan joanie
joanna jo = joanne ann
joanne jo
jochen jo
johann hans
johanna jo hanna
johannes hans jo
john jack johnny jon = johann johannes ivan jan hans juan
jonathan jon nathan = john jonny
jordan jordy
jose pepe
joseph joe joey jo = jose josef giuseppe pepe
josephine jo josie
joshua josh
juan juanito
judith judy jude
julia jules = julie yulia
julian jules
juliet jules
justin jus
karen kari
katarzyna kasia
katharina kathi katja
katherine kate kathy katie kat kit kitty
kathleen kathy kate katie
kathryn kathy kate katie
kenneth ken kenny
kimberly kim
kristen kris kristin
kristina kris tina
kristopher kris
krzysztof krzysiek
laura laurie = lori
lauren laurie
laurence larry laurie
lawrence larry laurie = laurence lars
leonard leo len lenny
leonardo leo
leopold leo poldi
leslie les
lewis lew
lillian lily lil
linda lindy
louis lou louie = luis lewis ludwig
louise lou
lucas luke
lucille lucy
lucinda lucy cindy
madeleine maddy
madeline maddy = maddie
magdalena magda lena
malcolm mal
manuel manny
manuela manu
marcus mark marc
margaret maggie meg peggy marge margie greta = rita margarita margarete
maria mary mia = marie ma
marianne mary anne
marjorie marge margie
martha marty = patty
martin marty
mary molly polly = mae
matilda tilly
matthew matt matty = mathew matthias mateusz
matthias matt
maureen mo
maurice mo
maxim max
maximilian max
maxwell max
megan meg
melanie mel
melissa mel lissa = missy
melvin mel
mercedes mercy
michael mike mick mickey mikey = michel miguel mikhail misha
michelle shelly = michaela mickey
mikhail misha
mildred millie
miranda mandy
mitchell mitch
mohamed mo
mohammed mo
monica mon
montgomery monty
morris mo
muhammad mohamed mohammed mohammad muhammed
nancy nan
natalia natasha
natalie nat
natasha tasha
nathan nate = nat
nathaniel nate nat nathan
nicholas nick nicky nico = nicolas nikolai nikolaus klaus
nicola nicky
nicole nicky nikki
nikolai kolya
nikolaus klaus niko
norman norm
olga olya
oliver ollie olly
olivia liv livvy
oscar ozzie
pamela pam
patricia pat patty tricia trish
patrick pat paddy = rick
paul paulie = pablo pavel paolo
paula paulie
paulina lina
penelope penny
percival percy
peter pete = pedro pyotr pierre
philip phil pip = philippe phillip
phillip phil pip
phoebe pheebs
prudence pru
rachel rach
ralph ralphie
randall randy
raphael raph
raymond ray
rebecca becky becca
regina gina
reginald reg reggie
rhonda ron
richard rick dick rich richie ricky = ricardo
robert bob rob bobby robbie bert = roberto
roberta bobbie = robbie
roderick rod = rick
rodney rod
roger rog = rodge rutger
roland rolly
ronald ron ronnie
rosalind roz
rosemary rose rosie
roxanne roxie
rudolf rudi
russell russ
ryan ry
salvatore sal
samantha sam sammy
samuel sam sammy
sandra sandy
sarah sally sal
sebastian seb basti bas
sergei sergey sergio serge
sergey serge
shannon shan
sharon shaz
sheila shay
shirley shirl
sidney sid = sydney
sigmund sig
simon si
solomon sol
sophia sophie = sonya
stanley stan
stefan stef
stefanie steffi
stephanie steph
stephen steve stevie = steven stefan stephan
steven steve stevie
stewart stu
stuart stu
susan sue susie suzy = suzanne susanna suzie
susanna sue susie
susanne susi
suzanne sue suzy
sylvester sly
sylvia sylvie
tabitha tabby
tamara tammy
tatiana tanya
terence terry = terrance
teresa terry tess tessa
thaddeus tad thad
theodora thea dora
theodore ted teddy theo
theresa terry tess tessa = teresa tracy
therese terry
thomas tom tommy = thom tomas
tiffany tiff
timothy tim timmy
tobias toby tobi
trevor trev
ulrich uli
ursula uschi
valentina val
valerie val
vanessa nessa
veronica ronnie vera
victor vic = viktor
victoria vicky tori vic = vicki
vincent vince vinny
virginia ginny ginger
vivian viv
vladimir vova volodya
wallace wally
walter walt wally
wanda wendy
wesley wes
wilfred wilf fred
wilhelm willi willy
william bill will billy willy liam = willie guillermo
winifred winnie
winston winnie
wolfgang wolf
yekaterina katya
zachary zach zack zac = zak";

static RELATED: LazyLock<HashMap<&str, Vec<&str>>> = LazyLock::new(|| {
    let mut related: HashMap<&str, Vec<&str>> = HashMap::new();
    for line in NAMES.lines() {
        let mut names = line.split(" = ").next().unwrap_or_default().split(' ');
        let Some(name) = names.next() else { continue };
        for short in names {
            related.entry(short).or_default().push(name);
            related.entry(name).or_default().push(short);
        }
    }
    related
});

static LINES: LazyLock<HashMap<&str, Vec<u16>>> = LazyLock::new(|| {
    let mut lines: HashMap<&str, Vec<u16>> = HashMap::new();
    for (number, line) in (0..).zip(NAMES.lines()) {
        for form in line.split(' ').filter(|form| *form != "=") {
            lines.entry(form).or_default().push(number);
        }
    }
    lines
});

/// Every name and every form of one.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    NAMES.split_ascii_whitespace().filter(|form| *form != "=")
}

/// The full names a folded name may be short for, and its own short forms.
pub(crate) fn related(folded: &str) -> &'static [&'static str] {
    RELATED.get(folded).map_or(&[], Vec::as_slice)
}

/// Numbers that a folded given name shares with every other form of it.
pub(crate) fn forms_of(folded: &str) -> &'static [u16] {
    LINES.get(folded).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folding::fold;

    #[test]
    fn short_forms_and_full_names_find_each_other() {
        assert_eq!(related("liz"), ["elizabeth"]);
        assert!(related("bob").contains(&"robert") && related("robert").contains(&"bob"));
        assert!(related("acme").is_empty());
    }

    #[test]
    fn the_list_is_folded_and_names_each_name_once() {
        let mut seen = std::collections::HashSet::new();
        for line in NAMES.lines() {
            assert_eq!(fold(&line.replace(" = ", " ")), line.replace(" = ", " "));
            assert!(seen.insert(line.split(' ').next()), "{line}");
        }
    }

    #[test]
    fn everyday_forms_meet_the_full_name() {
        let are_forms_of_one =
            |one, other| forms_of(one).iter().any(|form| forms_of(other).contains(form));
        assert!(are_forms_of_one("bob", "robert") && are_forms_of_one("liz", "elizabeth"));
        assert!(are_forms_of_one("rach", "rachel") && are_forms_of_one("bill", "will"));
        assert!(!are_forms_of_one("robert", "elizabeth") && !are_forms_of_one("", ""));
    }
}
