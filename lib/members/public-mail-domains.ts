// Domains of mail providers at which anybody can get an address, as of 2026-11-26: Google, Microsoft, Yahoo, Apple,
// Proton and their like, the large national ones, access providers, and throw-away mailboxes. Collected by hand from the
// providers' own sign-up pages and from what email-providers 2.26.0 (ISC) and free-email-domains 1.12.6 (MIT) have in
// common. Those lists also hold real organizations, such as nus.edu.sg: see docs/decisions.

/** Providers that use one name under many endings, such as yahoo.com, yahoo.fr and yahoo.co.jp. */
const NAMES = new Set(["gmx", "hotmail", "outlook", "protonmail", "rocketmail", "yahoo", "yandex", "ymail"]);

const DOMAINS = new Set(
  `
  gmail.com googlemail.com
  live.at live.be live.ca live.cl live.cn live.co.kr live.co.uk live.co.za live.com live.com.ar live.com.au live.com.mx
  live.com.my live.com.ph live.com.pt live.com.sg live.de live.dk live.fi live.fr live.hk live.ie live.in live.it live.jp
  live.nl live.no live.ru live.se msn.cn msn.com passport.com windowslive.com
  icloud.com mac.com me.com
  pm.me proton.me
  aim.com aol.at aol.be aol.co.uk aol.com aol.de aol.es aol.fr aol.in aol.it aol.nl aol.pl compuserve.com cs.com
  netscape.net verizon.net wow.com

  10minutemail.com anonbox.net disposablemail.com dispostable.com emailondeck.com fakeinbox.com getnada.com
  grr.la guerrillamail.biz guerrillamail.com guerrillamail.de guerrillamail.net guerrillamail.org guerrillamailblock.com
  mail-temp.com mail.tm mailcatch.com maildrop.cc mailinator.com mailnesia.com mintemail.com moakt.com mohmal.com
  mytemp.email nada.email sharklasers.com spam4.me spamgourmet.com temp-mail.org tempail.com tempmail.com tempmailo.com
  tempr.email throwawaymail.com trashmail.com trashmail.de wegwerfemail.de yopmail.com yopmail.fr yopmail.net

  33mail.com addy.io anonaddy.com anonaddy.me duck.com mozmail.com simplelogin.com simplelogin.co simplelogin.io
  slmail.me passmail.net passinbox.com relay.firefox.com

  cock.li countermail.com ctemplar.com disroot.org fastmail.com fastmail.fm hey.com hushmail.com kolabnow.com
  mailbox.org mailfence.com messagingengine.com pobox.com posteo.at posteo.ch posteo.de posteo.net riseup.net runbox.com
  runbox.no startmail.com systemli.org thexyz.com tuta.com tuta.io tutamail.com tutanota.com tutanota.de keemail.me
  mail.com email.com usa.com post.com europe.com asia.com iname.com myself.com consultant.com engineer.com inbox.com
  zoho.com zoho.eu zoho.in zohomail.com zohomail.eu zohomail.in juno.com netzero.net lycos.com excite.com

  123mail.cn 126.com 139.com 163.com 163.net 188.com 189.cn 21cn.com 263.net aliyun.com eyou.com foxmail.com qq.com
  sina.cn sina.com sina.com.cn sohu.com tom.com vip.163.com vip.sina.com wo.cn yeah.net
  hotmail.com.tw pchome.com.tw seed.net.tw hinet.net netvigator.com
  chol.com daum.net dreamwiz.com empal.com hanmail.net kakao.com korea.com nate.com naver.com
  au.com biglobe.ne.jp docomo.ne.jp excite.co.jp ezweb.ne.jp goo.jp i.softbank.jp infoseek.jp nifty.com ocn.ne.jp
  softbank.jp softbank.ne.jp so-net.ne.jp
  singnet.com.sg starhub.net.sg pacific.net.sg streamyx.com tm.net.my
  indiatimes.com rediff.com rediffmail.com sify.com

  abv.bg azet.sk bk.ru centrum.cz centrum.sk citromail.hu email.cz freemail.hu gazeta.pl hot.ee i.ua inbox.lv inbox.ru
  indamail.hu interia.eu interia.pl internet.ru list.ru mail.bg mail.ee mail.ru mail.ua meta.ua o2.pl onet.eu onet.pl
  op.pl post.cz poczta.fm poczta.onet.pl pochta.ru post.sk rambler.ru seznam.cz spoko.pl sweb.cz tlen.pl tut.by ukr.net
  vp.pl wp.pl xmail.ru ya.ru zoznam.sk

  arcor.de email.de freenet.de kabelmail.de mail.de netcologne.de online.de t-online.de unitybox.de vodafone.de web.de
  aon.at bluewin.ch chello.at hispeed.ch inode.at kabsi.at sunrise.ch
  aliceadsl.fr bbox.fr club-internet.fr free.fr laposte.net neuf.fr numericable.fr orange.fr sfr.fr voila.fr wanadoo.fr
  belgacom.net home.nl kpnmail.nl planet.nl scarlet.be skynet.be telenet.be upcmail.nl voo.be xs4all.nl ziggo.nl zonnet.nl
  alice.it email.it fastwebnet.it inwind.it iol.it libero.it poste.it teletu.it tim.it tin.it tiscali.it virgilio.it
  iespana.es ono.com telefonica.net terra.es wanadoo.es mail.telepac.pt netcabo.pt sapo.pt
  online.no broadpark.no spray.se telia.com comhem.se bredband.net mail.dk jubii.dk pp.inet.fi suomi24.fi luukku.com
  blueyonder.co.uk btconnect.com btinternet.com btopenworld.com eircom.net fsmail.net ntlworld.com o2.co.uk plus.com
  sky.com talk21.com talktalk.net tiscali.co.uk virgin.net virginmedia.com wanadoo.co.uk
  mynet.com turk.net ttmail.com walla.co.il walla.com zahav.net.il

  att.net bellsouth.net centurylink.net charter.net comcast.net cox.net earthlink.net embarqmail.com frontier.com
  frontiernet.net mindspring.com optimum.net optonline.net pacbell.net peoplepc.com prodigy.net q.com rcn.com
  roadrunner.com rr.com sbcglobal.net suddenlink.net swbell.net tds.net windstream.net
  bell.net cogeco.ca rogers.com shaw.ca sympatico.ca telus.net videotron.ca
  bol.com.br globo.com globomail.com ig.com.br oi.com.br terra.com.br uol.com.br zipmail.com.br
  fibertel.com.ar ciudad.com.ar prodigy.net.mx terra.com terra.cl vtr.net

  aapt.net.au bigpond.com bigpond.net.au dodo.com.au iinet.net.au internode.on.net iprimus.com.au optusnet.com.au
  ozemail.com.au tpg.com.au westnet.com.au xtra.co.nz slingshot.co.nz
  mweb.co.za telkomsa.net vodamail.co.za webmail.co.za
  `
    .trim()
    .split(/\s+/),
);

/** Whether anybody can get an address at this domain. `name` is its label before the public suffix, such as "yahoo". */
export function isPublicMailDomain(domain: string, registrable: string, name: string | null): boolean {
  return DOMAINS.has(domain) || DOMAINS.has(registrable) || (name !== null && NAMES.has(name));
}
