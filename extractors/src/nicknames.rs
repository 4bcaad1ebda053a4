//! Short forms of given names: Bob is Robert, Liz is Elizabeth. Only forms that
//! a team would use without explaining; no diminutives made on the spot.

use std::sync::LazyLock;

use hashbrown::HashMap;

/// A given name, then its short forms, folded.
const NICKNAMES: &str = "\
abigail abby abbie gail|abraham abe bram|adam ad|adelaide addie ada|agnes aggie|albert al bert albie|\
alexander alex al sandy xander sasha alec lex|alexandra alex sandra sasha lexi alexa|\
alexis alex lexi|alfred al fred alf alfie|alice allie ali|alison ally ali|allison ally ali|\
amanda mandy|amelia amy millie|anastasia stacy nastya ana|andrea andie andy|andrew andy drew|\
angela angie|ann annie nan|anna annie ann|anne annie|anthony tony ant|antonio tony toni|\
antonia toni|archibald archie|arnold arnie|arthur art artie|augustus gus|barbara barb barbie babs|\
barnaby barney|bartholomew bart|beatrice bea trixie|benjamin ben benny benji|bernard bernie|\
bertram bert|bradley brad|brenda bren|bridget biddy|calvin cal|cameron cam|carl charlie|\
caroline carrie caro carol|carolyn carol carrie lyn|cassandra cass cassie sandra|\
catherine cathy kate cat katie cate|cecilia celia|charles charlie chuck chas chaz|\
charlotte lottie charlie lotte|chelsea chels|christian chris|christina tina chris chrissy|\
christine chris tina chrissy|christopher chris kit topher|clarence clare|clifford cliff|\
clinton clint|constance connie|cornelius neil|cynthia cindy|daniel dan danny|danielle dani|\
david dave davy|deborah deb debbie|dennis den denny|derek del|diana di|dominic dom nic|\
donald don donnie|dorothy dot dottie dolly|douglas doug|edgar ed|edmund ed eddie ned ted|\
edward ed eddie ted teddy ned|edwin ed eddie|eleanor ellie nell nora|elena lena|\
elizabeth liz lizzie beth betty eliza bess bessie betsy libby lisa|elisabeth lisa lisbeth|\
emily em emmy|emma em|eric ric|ernest ernie|eugene gene|eugenia genie|evelyn evie|ezekiel zeke|\
ferdinand ferdie|florence flo florrie|frances fran frannie frankie|francesca fran|\
francis frank fran frankie|francisco paco pancho|franklin frank|frederick fred freddie freddy|\
friedrich fritz|gabriel gabe|gabriella gabby ella|gabrielle gabby|geoffrey geoff|george georgie|\
georgina gina georgie|gerald gerry jerry|gerard gerry|gertrude trudy gertie|gilbert gil|\
giovanni gianni|giuseppe beppe|gordon gord|grace gracie|graham gray|gregory greg|guillermo memo|\
gwendolyn gwen|hannah han|harold harry hal|harriet hattie|harrison harry|heather heath|\
helen nell|helena lena|henrietta hetty etta|henry harry hank hal|herbert herb bert|howard howie|\
hubert hugh bert|ignatius iggy|immanuel manny|irene rene|isaac ike zac|isabel izzy bella|\
isabella bella izzy|isadora izzy|jacob jake|jacqueline jackie|james jim jimmy jamie jem|\
jane janie|janet jan|jason jay|jean jeannie|jeffrey jeff|jennifer jen jenny jenn|jeremiah jerry|\
jeremy jem jerry|jerome jerry|jessica jess jessie|jesus chuy|joan joanie|joanna jo|joanne jo|\
jochen jo|johann hans|johanna jo hanna|johannes hans jo|john jack johnny jon|jonathan jon nathan|\
jordan jordy|jose pepe|joseph joe joey jo|josephine jo josie|joshua josh|juan juanito|judith judy jude|\
julia jules|julian jules|juliet jules|justin jus|katharina kathi katja|\
katherine kate kathy katie kat kit kitty|kathleen kathy kate katie|kathryn kathy kate katie|\
katarzyna kasia|kenneth ken kenny|kimberly kim|krzysztof krzysiek|kristina kris tina|kristopher kris|\
laura laurie|lauren laurie|laurence larry laurie|lawrence larry laurie|leonard leo len lenny|\
leonardo leo|leopold leo poldi|leslie les|lewis lew|lillian lily lil|linda lindy|louis lou louie|\
louise lou|lucas luke|lucille lucy|lucinda lucy cindy|madeleine maddy|madeline maddy|\
magdalena magda lena|malcolm mal|manuel manny|manuela manu|marcus mark marc|margaret maggie meg peggy marge margie greta|\
maria mary mia|marianne mary anne|marjorie marge margie|martin marty|martha marty|\
mary molly polly|matilda tilly|matthew matt matty|matthias matt|maureen mo|maurice mo|maximilian max|\
maxwell max|megan meg|melanie mel|melissa mel lissa|melvin mel|mercedes mercy|michael mike mick mickey mikey|\
michelle shelly|mildred millie|miranda mandy|mohammed mo|mohamed mo|mitchell mitch|monica mon|montgomery monty|\
morris mo|nancy nan|natalie nat|natalia natasha|natasha tasha|nathan nate|nathaniel nate nat nathan|\
nicholas nick nicky nico|nicola nicky|nicole nicky nikki|nikolai kolya|nikolaus klaus niko|norman norm|\
olivia liv livvy|oliver ollie olly|oscar ozzie|pamela pam|patricia pat patty tricia trish|\
patrick pat paddy|paul paulie|paula paulie|paulina lina|penelope penny|percival percy|peter pete|\
philip phil pip|phillip phil pip|phoebe pheebs|prudence pru|rachel rach|ralph ralphie|raphael raph|\
raymond ray|rebecca becky becca|reginald reg reggie|rhonda ron|richard rick dick rich richie ricky|\
robert bob rob bobby robbie bert|roberta bobbie|roderick rod|rodney rod|roger rog|roland rolly|\
ronald ron ronnie|rosalind roz|rosemary rose rosie|rudolf rudi|russell russ|ryan ry|\
salvatore sal|samantha sam sammy|samuel sam sammy|sandra sandy|sarah sally sal|sebastian seb basti bas|\
sergey serge|shannon shan|sharon shaz|sheila shay|sidney sid|sigmund sig|simon si|solomon sol|sophia sophie|\
stanley stan|stefan stef|stefanie steffi|stephanie steph|stephen steve stevie|steven steve stevie|stuart stu|\
stewart stu|susan sue susie suzy|susanna sue susie|susanne susi|suzanne sue suzy|sylvester sly|tabitha tabby|\
tamara tammy|teresa terry tess tessa|terence terry|thaddeus tad thad|theodora thea dora|\
theodore ted teddy theo|theresa terry tess tessa|therese terry|thomas tom tommy|tiffany tiff|timothy tim timmy|\
tobias toby tobi|trevor trev|ulrich uli|ursula uschi|valentina val|valerie val|veronica ronnie vera|\
victor vic|victoria vicky tori vic|vincent vince vinny|virginia ginny ginger|vivian viv|vladimir vova volodya|\
wallace wally|walter walt wally|wanda wendy|wesley wes|wilfred wilf fred|wilhelm willi willy|\
william bill will billy willy liam|winifred winnie|winston winnie|wolfgang wolf|yekaterina katya|\
ekaterina katya|dmitry dima mitya|dmitri dima mitya|mikhail misha|alexei alyosha|alexey alyosha|ivan vanya|\
tatiana tanya|olga olya|zachary zach zack zac";

static RELATED: LazyLock<HashMap<&str, Vec<&str>>> = LazyLock::new(|| {
    let mut related: HashMap<&str, Vec<&str>> = HashMap::new();
    for group in NICKNAMES.split('|') {
        let mut names = group.split(' ');
        let Some(name) = names.next() else { continue };
        for short in names {
            related.entry(short).or_default().push(name);
            related.entry(name).or_default().push(short);
        }
    }
    related
});

/// The full names a folded name may be short for, and its own short forms.
pub(crate) fn related(folded: &str) -> &'static [&'static str] {
    RELATED.get(folded).map_or(&[], Vec::as_slice)
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
        for group in NICKNAMES.split('|') {
            assert_eq!(fold(group), group);
            assert!(seen.insert(group.split(' ').next()), "{group}");
        }
    }
}
