//! Given names that are frequent somewhere in the world, folded. One of them in
//! front of a capitalised word is good evidence for a person.

pub(crate) const GIVEN_NAMES: &str = "\
aaron abdul abdullah abigail adam adele adrian agata agnes agnieszka ahmed ahmet aidan aisha akira alan \
albert alberto alejandro aleksander aleksandra alena alessandra alessandro alex alexander alexandra \
alexandre alexei alexis alfred ali alice alicia alina aline alison allison amanda amber amelia amelie amina \
amir amit amy ana anais anastasia anders andre andrea andreas andrei andres andrew andrzej andy angela \
angelika angelo anil anita anja anjali ann anna annabel anne annette annika anthony antoine anton antonia \
antonio anu april arash archie ariana arjun arlene armin arno arthur artur arturo arun asha ashley astrid \
atsushi audrey august augusto aurelie aurora ava axel ayesha ayse barbara bartosz bastian beata beatrice \
beatriz ben benedikt benjamin benoit bernard bernd bertrand beth bethany bettina bianca bill birgit bjorn \
bob bogdan boris brad bradley brandon brenda brian bridget britta bruce bruno bryan caleb cameron camila \
camille carina carl carla carlos carmen carol carolin carolina caroline carsten catalina catherine cathy \
cecilia cedric celine cem cesar chantal charles charlie charlotte chen chiara chloe chris christa christian \
christiane christina christine christoph christophe christopher claire clara clarissa claudia claudio \
clemens clement colin connor constantin cora corinna cristian cristina cynthia cyril dagmar daisuke damian \
dan dana daniel daniela daniele danielle danny daria dario dave david dawid dean deborah deepak denis denise \
dennis derek diana diane diego dieter dietmar dimitri dirk dmitri dmitry dominik dominique don donald donna \
dora doris dorothea dorothy douglas duncan dylan ed eddie edgar edith eduard eduardo edward edwin eileen ekaterina \
elaine eleanor elena eleni elias elif elisa elisabeth elise elizabeth elke ella ellen ellie elliot elsa \
emanuel emil emilia emilie emily emma emmanuel enrico enrique eric erica erik erika erin ernst esra esther \
ethan eugene eva evan evelyn evgeny ewa fabian fabien fabio fabrice farah fatima fatma federico felicia \
felicity felipe felix ferdinand fernanda fernando filip finn fiona flavia flora florence florian florin \
frances francesca francesco francis francisco franck francois frank frankie franz franziska fred freddie \
frederic frederik friedrich gabriel gabriela gabriele gareth gary gavin genevieve geoffrey george georg \
georgia georgina gerald gerard gerd gerhard gianluca gianni gilbert gina giorgio giovanni giulia giuseppe \
gloria gordon grace graham greg gregor gregory greta grzegorz guido guillaume guillermo gunter gustav gustavo \
haley hamza hana hanna hannah hannes hans harald haris harold harriet harry haruka hassan hasan hector heidi \
heike heiko heinrich helen helena helene helga helmut hendrik henri henrik henry herbert hermann hilary \
hiroshi holger holly horst howard hubert hugh hugo hussein ian ibrahim ida igor ilona ilya imran ina ines \
inga inge ingo ingrid irene irina iris isaac isabel isabella isabelle ismail ivan ivana ivo jack jackie \
jacob jacqueline jacques jade jaime jakob jakub james jamie jan jana jane janet janina janine jared jasmin \
jasmine jason javier jay jean jeanette jeff jeffrey jennifer jenny jens jeremy jerome jerry jess jesse \
jessica jesus jill jim jimmy jin joachim joan joana joanna joao joaquin jochen joe joel joerg johan johann \
johanna johannes john johnny jon jonas jonathan jordan jorg jorge jose josef joseph josephine josh joshua \
joyce juan juana judith judy julia julian juliana julie julien juliet juliette julio jun jurgen justin \
justyna kai kamil kamila karen karim karin karina karl karla karolina karsten kasia kate katarina katarzyna \
katharina katherine kathleen kathrin kathryn kathy katia katie katja katrin kay kayla keith kelly ken kenji \
kenneth kerry kerstin kevin khalid kim kirsten kirsty klaus konrad konstantin kris kristen kristian kristin \
kristina kristof krystyna krzysztof kumar kurt kyle lara larissa larry lars laszlo laura lauren laurence \
laurent lea leah lee leila lena leo leon leonard leonardo leonie leslie leticia lewis li liam lidia lila \
lilian liliana lily lina linda linus lionel lisa liz loic lola lorena lorenzo lothar louis louisa louise luc \
luca lucas lucia lucie lucy ludwig luigi luis luisa lukas lukasz luke lydia lynn maciej madeleine madison \
magda magdalena maggie magnus mahmoud maike maja malte manfred manuel manuela mara marc marcel marcelo \
marcin marco marcos marcus marek margaret margarita margot maria mariana marianne marie marika marina mario \
marion marisa marissa marius mark marko markus marlene marta martha martin martina martyna mary mason mateo \
mateusz mathias mathieu mathilde matias matt matteo matthew matthias matthieu maureen maurice mauricio \
mauro max maxim maxime maximilian maya mehmet mei mel melanie melina melissa mercedes mia michael michaela \
michal michel michele michelle miguel mihai mika mike mikhail mila milan milena miriam miroslav mirko mohamed \
mohammad mohammed moira molly mona monica monika monique moritz muhammad murat mustafa myriam nadia nadine \
nadja nancy naoko naomi natalia natalie nataliya natasha nathalie nathan nathaniel neha neil nele nelson \
nicholas nick nico nicola nicolai nicolas nicole niels nigel nikita niklas nikola nikolai nikos nils nina \
nisha noah noel noemi nora norbert norman nuria olaf ole oleg olga oliver olivia olivier omar orlando oscar \
oskar osman otto owen pablo paola paolo parker pascal pat patricia patrice patrick patrik patrycja paul paula \
pauline paulo pavel pawel pedro peggy penelope peter petra petr phil philip philipp philippe phoebe pierre \
pietro piotr priya rachel radek rafael rahul rainer raj rajesh ralf ralph ramon randy raphael raquel rashid \
raul ravi ray raymond rebecca regina reinhard rene renata renate rhys ricardo riccardo richard rick rita rob \
robert roberta roberto robin rodrigo roger roland rolf roman romain ron ronald rosa rosalie rose rosemary \
rosie ross roxana roy ruben rudolf rui rupert russell ruth ryan sabine sabrina sakura salma sam samantha \
samir samira samuel sandra sandro sandy sanjay santiago sara sarah sascha sasha saskia satoshi scott sean \
sebastian sebastien selena selim selina selma serge sergei sergej sergey sergio serhii shane shannon sharon \
shaun shawn sheila shreya sibylle siegfried sigrid silke silvia silvio simon simona simone sina sofia sofie \
sonia sonja sophia sophie soren spencer stacy stan stanislav stanislaw stefan stefania stefanie steffen \
stella stephan stephane stephanie stephen steve steven stuart sue sunil suresh susan susana susanne suzanne \
sven svetlana swen sybille sylvia sylvie sylwia szymon tadeusz takashi tamara tania tanja tara tariq tatiana \
ted teresa terry thea theo theodor theresa thibault thierry thilo thomas thorsten tiago till tim timo \
timothy tina tobias todd tom tomas tomasz tony torsten tracy travis trevor tristan udo ugo ulrich ulrike \
umberto ursula uta ute uwe vadim valentin valentina valeria valerie vanessa vasily vera verena veronica \
veronika vicky victor victoria vijay viktor viktoria vincent vincenzo viola violet virginia vito vittorio \
vivian vladimir volker volodymyr walter wanda warren wei wendy werner wiktor wilhelm will willem william \
willy winfried wojciech wolf wolfgang xavier xin yan yana yann yannick yara yasmin yuki yulia yuri yusuf \
yves yvette yvonne zachary zainab zara zbigniew zeynep zhang zoe zofia zoltan zsolt zuzanna \
анна александр алексеи андреи антон борис вера виктор виктория владимир дарья дмитрии евгении екатерина \
елена иван игорь ирина кирилл ксения максим мария михаил наталья николаи никита оксана олег ольга павел \
петр роман светлана сергеи татьяна юлия юрии";
