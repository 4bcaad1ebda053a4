//! Short and everyday forms of given names: Bob is Robert, Liz is Elizabeth, Sasha is Alexander.

use std::collections::HashMap;
use std::sync::LazyLock;

/// One name and its forms a line. A form may stand in several lines.
const FORMS: &str = "\
abigail abby gail
albert al bert albie
alexander alex alec sasha sascha sandy lex xander aleksandr alejandro alexandre
alexandra alex sasha sandra lexi allie aleksandra
alfred al fred alf freddie
alan al allan allen
andrew andy drew andrei andrej
ann anna anne annie nan nancy hannah
anthony tony antonio toni
antoinette toni nettie
arthur art artie
barbara barb barbie babs bobbie
benjamin ben benny benji
bernard bernie barney
beverly bev
bradley brad
calvin cal
carolyn caroline carol carrie lynn
catherine cathy kate katie cat kathy katherine kathryn kitty katharina kat ekaterina katya
charles charlie chuck chas chip carlos karl
charlotte lottie charlie
christina chris tina christine kristina christy chrissy kristin
christopher chris kit topher kris
clifford cliff
clinton clint
constance connie
cynthia cindy
daniel dan danny
danielle dani
david dave davey davy
deborah deb debbie debra
dennis denny
diana di diane
donald don donnie
dorothy dot dottie dolly
douglas doug
edward ed eddie ted teddy ned eduardo edouard
edwin ed eddie
eleanor ellie nell nora
elizabeth liz beth betty bess lizzie eliza libby lisa betsy elisabeth elsie
emily em emmy
ernest ernie
eugene gene evgeny yevgeny
evelyn evie
florence flo
frances fran frankie
francis frank francisco frankie
franklin frank
frederick fred freddy rick friedrich fritz federico
gabriel gabe
gabrielle gabby
geoffrey geoff jeff jeffrey
george georgie georg jorge
gerald gerry jerry
gerard gerry
gilbert gil bert
gregory greg gregor grzegorz
gwendolyn gwen
harold harry hal
harriet hattie
henry harry hank hal heinrich
herbert herb bert
howard howie
ignacio nacho
irene rena
isaac ike
isabella bella izzy isabel
jacob jake jakob jack
james jim jimmy jamie jem
janet jan jenny
jason jay
jean jeanne jeannie
jennifer jen jenny
jeremiah jerry
jeremy jerry
jerome jerry
jessica jess jessie
joan joanie
joanna jo joanne ann
john jack johnny jon johann johannes ivan jan hans juan
jonathan jon john jonny nathan
joseph joe joey jose josef giuseppe pepe
joshua josh
josephine jo josie
judith judy
julia julie jules yulia
julian jules
karen kari
kenneth ken kenny
kimberly kim
kristen kris kristin
laura laurie lori
lawrence larry laurence lars
leonard leo len lenny
leonardo leo
leslie les
lillian lily lil
louis lou louie luis lewis ludwig
lucille lucy
madeline maddie
margaret maggie meg peggy marge margie greta rita margarita margarete
maria mary marie ma mia
martin marty
martha marty patty
mary molly polly mae
matthew matt matty mathew matthias mateusz
maureen mo
maxim max
maximilian max
maxwell max
megan meg
melissa mel missy lissa
melvin mel
michael mike mick mickey michel miguel mikhail misha
michelle shelly michaela mickey
mildred millie
mitchell mitch
monica mon
muhammad mohamed mohammed mohammad muhammed
nancy nan
natalie nat
natalia natasha
nathan nate nat
nathaniel nathan nate nat
nicholas nick nicky nico nicolas nikolai nikolaus klaus
nicole nicky nikki
norman norm
oliver ollie
pamela pam
patricia pat patty tricia trish
patrick pat paddy rick
paul pablo pavel paolo
peter pete pedro pyotr pierre
philip phil philippe phillip
phoebe pheebs
rachel rach
randall randy
raymond ray
rebecca becky becca
regina gina
reginald reg reggie
richard rick ricky dick rich richie ricardo
robert rob bob bobby robbie bert roberto
roberta bobbie robbie
roderick rod rick
rodney rod
roger rodge rutger
ronald ron ronnie
rosemary rose rosie
roxanne roxie
russell russ
salvatore sal
samantha sam
samuel sam sammy
sandra sandy
sebastian seb basti
sergei sergey sergio serge
shirley shirl
sidney sid sydney
solomon sol
sophia sophie sonya
stanley stan
stephanie steph
stephen steve steven stefan stephan stevie
susan sue susie suzanne susanna suzie
sylvia sylvie
tamara tammy
terence terry terrance
theodore ted teddy theo
theresa terry tess teresa tracy
thomas tom tommy thom tomas
timothy tim timmy
tobias toby tobi
valerie val
vanessa nessa
veronica ronnie vera
victor vic viktor
victoria vicky tori vicki
vincent vince vinny
virginia ginny
vladimir vova volodya
walter walt wally
wilhelm willi willy
william bill billy will willie liam guillermo
winifred winnie
zachary zach zack zak";

static LINES: LazyLock<HashMap<&str, Vec<u16>>> = LazyLock::new(|| {
    let mut lines: HashMap<&str, Vec<u16>> = HashMap::new();
    for (number, line) in (0..).zip(FORMS.lines()) {
        for form in line.split(' ') {
            lines.entry(form).or_default().push(number);
        }
    }
    lines
});

/// Numbers that a folded given name shares with every other form of it.
pub(super) fn forms_of(name: &str) -> &'static [u16] {
    LINES.get(name).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyday_forms_meet_the_full_name() {
        let are_forms_of_one =
            |one, other| forms_of(one).iter().any(|form| forms_of(other).contains(form));
        assert!(are_forms_of_one("bob", "robert") && are_forms_of_one("liz", "elizabeth"));
        assert!(are_forms_of_one("rach", "rachel") && are_forms_of_one("bill", "will"));
        assert!(!are_forms_of_one("robert", "elizabeth") && !are_forms_of_one("", ""));
    }
}
